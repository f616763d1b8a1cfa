"""Commands that check the books: verify says what is wrong, repair mends what can be mended without guessing."""

import click


@click.command()
def verify_command() -> None:
    """Check that every unit, promise and journal entry adds up. Ends with 1 if something does not."""
    from backorder.config import installation

    with installation.opened(application_name="backorder verify"):
        from backorder.orders.checking import verify

        findings = verify.verify()
    for finding in findings:
        click.echo(str(finding))
    if findings:
        raise click.ClickException(f"{len(findings)} findings. `backorder repair` mends what can be mended.")
    click.echo("Everything adds up.")


@click.command()
def repair_command() -> None:
    """Mend what `verify` found, as far as no guess is needed."""
    from backorder.config import installation

    with installation.opened(application_name="backorder repair"):
        from backorder.orders.checking import repair

        mended = repair.repair()
    for sentence in mended:
        click.echo(sentence)
    click.echo(f"{len(mended)} things mended." if mended else "There was nothing to mend.")
