"""`tracker doctor`: is everything there that a live session needs?"""

from __future__ import annotations

import click

from tracker.commands.live import adapter_option


@click.command()
@adapter_option
@click.pass_context
def doctor(ctx: click.Context, adapter: str | None) -> None:
    """Check what a live session needs: one line each, with the mend. Takes a few seconds.

    ok: it is well. note: good to know, nothing is missing. FAIL: to be mended first; the exit code is 1 then.
    """
    from tracker.commands.checkup import State, bluetooth, data_folder, page, sound, versions
    from tracker.run import run_until_stopped

    findings = [versions(), *run_until_stopped(bluetooth(adapter)), data_folder(), page(), sound()]
    width = max(len(finding.what) for finding in findings)
    for what, state, found, mend in findings:
        click.echo(f"{state.value:<4}  {what:<{width}}  {found} {mend}".rstrip())
    if any(finding.state is State.FAIL for finding in findings):
        ctx.exit(1)
