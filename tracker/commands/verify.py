"""`tracker verify`: does the engine still say what it said?"""

from __future__ import annotations

import click


@click.command()
@click.argument("file", metavar="FILE|last")
@click.pass_context
def verify(ctx: click.Context, file: str) -> None:
    """Replay a recording and compare with what was said when it was made.

    Exit code 1 when it differs: another version of the program, another machine's arithmetic, or a changed file.
    """
    from tracker import __version__
    from tracker.commands.playing import play_source, say_damage
    from tracker.errors import RecordingError
    from tracker.sessions import find_recording
    from tracker.sources.replay import open_recording

    source = open_recording(find_recording(file))
    played = play_source(source, source.header.config, keeps_digest=True)
    say_damage(source)
    recording = source.recording
    footer = recording.footer if recording else None
    if footer is None:
        raise RecordingError(
            f"The recording was never closed, so there is nothing to compare its {played.input_count} inputs with.",
            path=source.path,
            hint="`tracker report` still works.",
        )
    if footer.input_count != played.input_count:
        click.echo(f"different: the file has {played.input_count} inputs, {footer.input_count} were recorded.")
        ctx.exit(1)
    if footer.events_sha256 != played.digest:
        click.echo(
            f"different: recorded with version {source.header.software_version}, replayed with {__version__}; "
            f"{played.input_count} inputs."
        )
        ctx.exit(1)
    click.echo(f"equal: {played.input_count} inputs give the same events.")
