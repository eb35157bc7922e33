"""``safepassage register encode``: link lists whose sides hand over no names."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from safepassage.cli.common import err, out, print_json, progress
from safepassage.cli.register.common import OverwriteOption, require_free
from safepassage.errors import Finding, InputError, RefusedError

if TYPE_CHECKING:
    from safepassage.core.corridor.types import Place
    from safepassage.scenario.types import Scenario

MOST_FINDINGS = 10

encode = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Link lists without names: keys sealed by an oblivious function, counts only.",
    epilog=(
        "Order: the counter and each side make a key; the key holder opens a session; each side "
        "blinds its list, the key holder evaluates, the side seals; the counter runs link-encoded "
        "once. All by file."
    ),
)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
SessionFile = Annotated[
    Path, typer.Option("--session", metavar="FILE", help="The session's terms (NAME.session).")
]
ScenarioFolder = Annotated[
    Path | None,
    typer.Option(
        "--scenario",
        metavar="DIR",
        help="Scenario whose places are used; the same for every side.",
    ),
]
AsOf = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], metavar="DATE", help="Date to which ages refer."),
]

SIDE_EPILOG = "Example: safepassage register encode side --out families.key"
COUNTER_EPILOG = "Example: safepassage register encode counter --out counter.key"
KEY_EPILOG = (
    "Example: safepassage register encode key --home keys --session june --parties "
    "families=families.pub,council=council.pub --counter counter.pub --cap 20000"
)
BLIND_EPILOG = (
    "Example: safepassage register encode blind families.csv --session june.session "
    "--side families --identity families.key --out families.request --secret families.secret"
)
EVALUATE_EPILOG = (
    "Example: safepassage register encode evaluate families.request --home keys "
    "--out families.answer"
)
SEAL_EPILOG = (
    "Example: safepassage register encode seal families.csv --session june.session "
    "--secret families.secret --answer families.answer --out families.sealed"
)
LOG_EPILOG = "Example: safepassage register encode log --home keys"


@encode.command(epilog=COUNTER_EPILOG)
def counter(
    path: Annotated[Path, typer.Option("--out", metavar="FILE", help="Secret file to write.")],
    overwrite: OverwriteOption = False,
    as_json: Json = False,
) -> None:
    """Make the counter's key: sets will be readable for it alone.

    The counter must be neither the key holder nor a side: with a set and the key, names can be
    tried out.
    """
    require_free([path.with_suffix(".pub")], overwrite=overwrite)
    from safepassage.adapters.sealed_count import make_counter

    recipient = make_counter(path)
    public = path.with_suffix(".pub")
    public.write_text(recipient + "\n", encoding="utf-8")
    document = {"recipient": recipient, "files": [str(path), str(public)]}
    sentence = f"Keep {path} secret. Give {public} to the key holder: {recipient}"
    _say(document, sentence, as_json=as_json)


@encode.command(epilog=SIDE_EPILOG)
def side(
    path: Annotated[Path, typer.Option("--out", metavar="FILE", help="Secret file to write.")],
    overwrite: OverwriteOption = False,
    as_json: Json = False,
) -> None:
    """Make a side's key: with it a side signs, so that nobody else can ask in its name."""
    require_free([path.with_suffix(".pub")], overwrite=overwrite)
    from safepassage.adapters.sealed_side import make_side

    public_key, public = make_side(path), path.with_suffix(".pub")
    public.write_text(public_key + "\n", encoding="utf-8")
    document = {"public_key": public_key, "files": [str(path), str(public)]}
    _say(document, f"Keep {path} secret. Give {public} to the key holder.", as_json=as_json)


@encode.command(epilog=KEY_EPILOG)
def key(
    home: Annotated[Path, typer.Option(metavar="DIR", help="The key holder's folder.")],
    session: Annotated[str, typer.Option(metavar="NAME", help="Name of the session.")],
    parties: Annotated[
        str, typer.Option(metavar="A=FILE,B=FILE", help="Sides and their public keys.")
    ],
    recipient: Annotated[
        str, typer.Option("--counter", metavar="FILE", help="The counter's public key.")
    ],
    cap: Annotated[int, typer.Option(help="Most sealed keys for one side; about 12 a record.")],
    minimum_set: Annotated[int, typer.Option(help="Fewest records of a side.")] = 100,
    minimum_cell: Annotated[int, typer.Option(help="Smallest count that is shown.")] = 5,
    epsilon: Annotated[
        float, typer.Option(help="Noise of the counts: above 0, at most 2; smaller is more.")
    ] = 1.0,
    scenario: ScenarioFolder = None,
    again: Annotated[
        str, typer.Option(metavar="REASON", help="Why a party may take part again so soon.")
    ] = "",
    as_json: Json = False,
) -> None:
    """Open a session as the key holder: its key, its limits, its parties."""
    from safepassage._version import __version__
    from safepassage.adapters.sealed_count import read_recipient
    from safepassage.adapters.sealed_key import Terms, open_session
    from safepassage.adapters.sealed_side import places_digest, read_side_key
    from safepassage.core.register.sealed_cells import proven_loss

    files = _parties(parties)
    sides = tuple(files)
    places = places_digest(_places(_scenario(scenario)))
    terms = Terms(
        parties=sides,
        party_keys=tuple(map(read_side_key, files.values())),
        counter=read_recipient(recipient),
        cap=cap,
        minimum_set=minimum_set,
        minimum_cell=minimum_cell,
        epsilon=epsilon,
        places=places,
        software=__version__,
    )
    made = open_session(home, session, terms, today(), again)
    loss = proven_loss(epsilon, len(sides))
    document = {
        "session": made.session_id,
        "compare": made.spoken,
        "proven_loss": loss,
        "terms": made.to_json(),
    }
    _say(
        document,
        f"Give {home / f'{session}.session'} to the counter and to {', '.join(sides)}. Before "
        f"anybody uses it, all compare every character by voice:\n  {made.spoken}\n"
        f"With {len(sides)} lists and epsilon {epsilon:g}, the privacy loss that is proven for one "
        f"record is {loss:g}.",
        as_json=as_json,
    )


@encode.command(epilog=BLIND_EPILOG)
def blind(
    path: Annotated[Path, typer.Argument(metavar="LIST", help="This side's own list.")],
    session: SessionFile,
    side: Annotated[str, typer.Option(metavar="NAME", help="Which party this is.")],
    request: Annotated[
        Path, typer.Option("--out", metavar="FILE", help="Request for the key holder.")
    ],
    secret: Annotated[
        Path, typer.Option("--secret", metavar="FILE", help="Secret to keep until sealing.")
    ],
    identity: Annotated[
        Path, typer.Option("--identity", metavar="FILE", help="This side's key (encode side).")
    ],
    scenario: ScenarioFolder = None,
    as_of: AsOf = None,
    overwrite: OverwriteOption = False,
    as_json: Json = False,
) -> None:
    """Blind this side's keys: what goes to the key holder tells nothing of any name."""
    require_free([request], overwrite=overwrite, inputs=(path, session, identity))
    from safepassage.adapters.sealed import read_session
    from safepassage.adapters.sealed_side import blind_list, places_digest, read_open_list

    terms, world = read_session(session), _scenario(scenario)
    opened = read_open_list(*_source(path, world, as_of), _places(world))
    _print_findings(opened.findings)
    places = places_digest(_places(world))
    with progress("Blinding") as report:
        asked = blind_list(terms, side, identity, opened, places, request, secret, report)
    document = {
        "session": terms.session_id,
        "compare": terms.spoken,
        "side": side,
        "records": len(opened.records),
        "rejects": opened.rejects,
        "keys": asked,
        "files": [str(request), str(secret)],
    }
    _say(
        document,
        f"{len(opened.records)} records, {asked} keys, {opened.rejects} rows not used. Send "
        f"{request} to the key holder, but only if counter and sides read out the same session:\n"
        f"  {terms.spoken}\nKeep {secret} and the list as it is.",
        as_json=as_json,
    )


@encode.command(epilog=EVALUATE_EPILOG)
def evaluate(
    request: Annotated[Path, typer.Argument(metavar="REQUEST", help="A side's request.")],
    home: Annotated[Path, typer.Option(metavar="DIR", help="The key holder's folder.")],
    answer: Annotated[Path, typer.Option("--out", metavar="FILE", help="Answer for the side.")],
    overwrite: OverwriteOption = False,
    as_json: Json = False,
) -> None:
    """Evaluate a side's blinded keys as the key holder: once a side and session, and logged."""
    require_free([answer], overwrite=overwrite, inputs=(request,))
    from safepassage.adapters.sealed import Log
    from safepassage.adapters.sealed_key import evaluate as evaluate_request

    with progress("Evaluating") as report:
        done = evaluate_request(home, request, answer, today(), report)
    head = Log(home / "log.jsonl").head()
    document = {"keys": done, "log_head": head, "files": [str(answer)]}
    _say(
        document,
        f"{done} keys evaluated; send {answer} back. The log ends with {head[:16]}.",
        as_json=as_json,
    )


@encode.command(epilog=SEAL_EPILOG)
def seal(
    path: Annotated[Path, typer.Argument(metavar="LIST", help="The list that was blinded.")],
    session: SessionFile,
    secret: Annotated[Path, typer.Option("--secret", metavar="FILE", help="From blinding.")],
    answer: Annotated[Path, typer.Option("--answer", metavar="FILE", help="The answer.")],
    sealed: Annotated[Path, typer.Option("--out", metavar="FILE", help="Set for the counter.")],
    scenario: ScenarioFolder = None,
    as_of: AsOf = None,
    overwrite: OverwriteOption = False,
    as_json: Json = False,
) -> None:
    """Check the key holder's proof, unblind, and seal the set for the counter."""
    require_free([sealed], overwrite=overwrite, inputs=(path, session, secret, answer))
    from safepassage.adapters.sealed import read_session
    from safepassage.adapters.sealed_side import read_open_list, seal_list

    terms, world = read_session(session), _scenario(scenario)
    opened = read_open_list(*_source(path, world, as_of), _places(world))
    with progress("Sealing") as report:
        records = seal_list(terms, opened, secret, answer, sealed, report)
    document = {"session": terms.session_id, "records": records, "files": [str(sealed)]}
    _say(
        document,
        f"{records} records sealed; only the counter can open {sealed}. Send it there, never to "
        f"the key holder. {secret} has been destroyed.",
        as_json=as_json,
    )


@encode.command(epilog=LOG_EPILOG)
def log(
    home: Annotated[Path, typer.Option(metavar="DIR", help="The key holder's folder.")],
    as_json: Json = False,
) -> None:
    """Show the key holder's log and check that no line was changed or taken out of the middle."""
    from safepassage.adapters.sealed import Log

    found = Log(home / "log.jsonl")
    lines = [{k: v for k, v in each.items() if k != "previous"} for each in found.lines()]
    if as_json:
        print_json({"lines": lines, "log_head": found.head()})
        return
    for each in lines:
        out.print(" ".join(f"{k}={v}" for k, v in sorted(each.items()) if v != ""), markup=False)
    out.print(f"{len(lines)} lines; the log ends with {found.head()[:16] or '(nothing)'}.")


# ------------------------------------------------------------------------------------------- shared


def today() -> str:
    """Return today's date in UTC as ISO text."""
    return datetime.now(tz=UTC).date().isoformat()


def _parties(text: str) -> dict[str, Path]:
    """Return each side's file with its public key."""
    found: dict[str, Path] = {}
    for each in text.split(","):
        name, _, file = (part.strip() for part in each.partition("="))
        if not file or not Path(file).is_file() or name in found:
            raise RefusedError(
                f"'{each.strip()}': write NAME=FILE once for every side, with the file that "
                "'encode side' made for it (its name ends in .pub)."
            )
        found[name] = Path(file)
    return found


def _scenario(folder: Path | None) -> Scenario | None:
    from safepassage.scenario.reader import read_scenario

    return read_scenario(folder).scenario if folder else None


def _places(scenario: Scenario | None) -> tuple[Place, ...]:
    return scenario.places if scenario else ()


def _source(path: Path, scenario: Scenario | None, as_of: datetime | None) -> tuple[Path, Any]:
    """Return the folder and description of a list, with the scenario's mapping if it has one."""
    from dataclasses import replace

    from safepassage.scenario.types import SourceList

    if not path.is_file():
        raise InputError(Finding("there is no such file.", str(path)))
    for known in scenario.lists if scenario else ():
        if scenario and (scenario.folder / known.path).resolve() == path.resolve():
            return scenario.folder, known
    day = as_of.date().isoformat() if as_of else ""
    source = SourceList(path.stem, path.stem, str(path.resolve()), ())
    return Path(), replace(source, as_of=day)


def _print_findings(findings: Sequence[Finding]) -> None:
    for finding in findings[:MOST_FINDINGS]:
        err.print(str(finding), markup=False)
    if len(findings) > MOST_FINDINGS:
        err.print(f"and {len(findings) - MOST_FINDINGS} more findings.")


def _say(document: dict[str, Any], sentence: str, *, as_json: bool) -> None:
    if as_json:
        print_json(document)
    else:
        out.print(sentence, markup=False)
