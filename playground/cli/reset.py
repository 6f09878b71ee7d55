"""`reset`: begin anew."""

from __future__ import annotations

import click

from playground.cli.where import shown
from playground.local import folder
from playground.settings import read_settings


@click.command()
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
def reset(*, yes: bool) -> None:
    """Delete all data of this playground: topics, orders, logs. Refuses while it runs.

    \b
    Examples:
      playground reset
      playground reset --yes
    """
    settings = read_settings()
    data_dir = settings.data_dir
    if not data_dir.is_dir() or not any(entry.name not in folder.KEPT for entry in data_dir.iterdir()):
        click.echo(f"{shown(data_dir)} is empty already")
        return
    with folder.FolderLock(data_dir):
        if not folder.is_ours(data_dir):
            raise folder.not_ours(data_dir)
        if not yes and not click.confirm(f"Delete everything in {shown(data_dir)}?"):
            click.echo("nothing deleted")
            raise click.exceptions.Exit(1)
        folder.clear(data_dir)
    click.echo(f"{shown(data_dir)} is empty; the next start begins anew")
    if settings.kafka.external:
        click.echo(f"note: topics on {settings.kafka.bootstrap_servers} are not ours to delete")
    if not settings.database_url.startswith("sqlite:///"):
        click.echo("note: tables in PLAYGROUND_DATABASE_URL are not touched")
