"""The words of notices: templates as data, rendered in a sandbox into a subject, a text, a letter in HTML, an SMS."""
