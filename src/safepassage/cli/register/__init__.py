"""``safepassage register``: a table of its commands, each in the module that its name says."""

from __future__ import annotations

import typer

from safepassage.cli.register import decide, history, keeping, store
from safepassage.cli.register.ask import app as ask
from safepassage.cli.register.encode import encode
from safepassage.cli.register.explain import EPILOG as EXPLAIN_EPILOG
from safepassage.cli.register.explain import explain
from safepassage.cli.register.export import app as export
from safepassage.cli.register.find import EPILOG as FIND_EPILOG
from safepassage.cli.register.find import find
from safepassage.cli.register.import_ import EPILOG as IMPORT_EPILOG
from safepassage.cli.register.import_ import import_list
from safepassage.cli.register.link import EPILOG as LINK_EPILOG
from safepassage.cli.register.link import link
from safepassage.cli.register.link_encoded import EPILOG as LINK_ENCODED_EPILOG
from safepassage.cli.register.link_encoded import link_encoded
from safepassage.cli.register.review import EPILOG as REVIEW_EPILOG
from safepassage.cli.register.review import review

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Who is there? From lists to persons and households.",
)


@app.callback()
def group() -> None:
    """Who is there? From lists to persons and households."""


app.command(epilog=LINK_EPILOG)(link)
app.command(epilog=FIND_EPILOG)(find)
app.command(epilog=EXPLAIN_EPILOG)(explain)
app.command(epilog=REVIEW_EPILOG)(review)
app.command(epilog=decide.MERGE_EPILOG)(decide.merge)
app.command(epilog=decide.SPLIT_EPILOG)(decide.split)
app.command(epilog=decide.CORRECT_EPILOG)(decide.correct)
app.command(epilog=decide.CONTEST_EPILOG)(decide.contest)
app.command(epilog=decide.WITHDRAW_EPILOG)(decide.withdraw)
app.command(epilog=store.NEW_EPILOG)(store.new)
app.command(epilog=store.STATUS_EPILOG)(store.status)
app.command(epilog=store.COPY_EPILOG)(store.copy)
app.command(epilog=store.ABSORB_EPILOG)(store.absorb)
app.command(epilog=keeping.BACKUP_EPILOG)(keeping.backup)
app.command(epilog=keeping.RESTORE_EPILOG)(keeping.restore)
app.command(epilog=keeping.ERASE_EPILOG)(keeping.erase)
app.command(epilog=keeping.RETIRE_EPILOG)(keeping.retire)
app.command(epilog=keeping.REKEY_EPILOG)(keeping.rekey)
app.command(epilog=history.HISTORY_EPILOG)(history.history)
app.command(epilog=history.UNDO_EPILOG)(history.undo)
app.command("import", epilog=IMPORT_EPILOG)(import_list)
app.add_typer(encode, name="encode")
app.command("link-encoded", epilog=LINK_ENCODED_EPILOG)(link_encoded)
app.add_typer(export, name="export")
app.add_typer(ask, name="ask")
