"""Where an installation is put together: settings, addresses, servers, the embedded database."""
