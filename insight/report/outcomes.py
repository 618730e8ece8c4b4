"""How a conversation with the bot ended: contained, solved, or did its customer come back?

The end is the resolution, else what was said last; a resolution by silence only notes, a day later, that no more was
said. "The same intent" is that of the conversation's last request: the
intent said last that is none of small talk, or else any.
"""

import pandas as pd

from insight.report.facts import Facts
from insight.report.nearest import looked_up, nearest

DAY, WEEK = pd.Timedelta(hours=24), pd.Timedelta(days=7)
SMALL_TALK = ("greet", "goodbye", "thanks", "affirm", "deny", "bot_challenge", "out_of_scope", "nlu_fallback")


def contained(facts: Facts) -> pd.Series:
    """Ended without a handoff asked for and without a person's message, and the customer not back within 24 hours."""
    end = _ends(facts)
    resolved = facts.talks.index.isin(facts.resolved["talk"])
    ended = resolved | (facts.until - end >= DAY)
    return ended & ~_with_people(facts) & ~(_next_word(facts, end) - end <= DAY)


def resolved_by_bot(facts: Facts) -> pd.Series:
    """Confirmed, or answered and silent for 24 hours; never handed off; not back within 7 days with the same intent."""
    end = _ends(facts)
    last = _last_said(facts)
    silent = (last["author"] == "bot") & ((facts.until - last["at"]) >= DAY) & ~(_next_word(facts, end) - end <= DAY)
    confirmed = facts.has(facts.ratings[facts.ratings["score"] >= 4]) | facts.has(_thumbed_up(facts))
    back = _next_same(facts, end) - end <= WEEK
    return (silent | confirmed) & ~_with_people(facts) & ~back


def _with_people(facts: Facts) -> pd.Series:
    return facts.has(facts.handoffs) | facts.has(facts.human_replies)


def _thumbed_up(facts: Facts) -> pd.DataFrame:
    last = facts.thumbs.drop_duplicates("talk", keep="last")
    return last[last["helpful"] == 1]


def _said(facts: Facts) -> pd.DataFrame:
    return pd.concat([facts.messages.assign(author="customer"), facts.bot_replies]).sort_values("at", kind="stable")


def _last_said(facts: Facts) -> pd.DataFrame:
    last = _said(facts).drop_duplicates("talk", keep="last")
    return last.set_index("talk")[["at", "author"]].reindex(facts.talks.index)


def _ends(facts: Facts) -> pd.Series:
    resolved = facts.resolved
    before = nearest(resolved, _said(facts)[["at", "talk"]], by="talk", direction="backward")["at"]
    silent = (resolved["by"] == "silence") & before.notna()
    ends = pd.Series(resolved["at"].where(~silent, before).array, index=resolved["talk"].array)
    return ends.reindex(facts.talks.index).fillna(_last_said(facts)["at"]).fillna(facts.talks["start"])


def _next_word(facts: Facts, end: pd.Series) -> pd.Series:
    """When each customer wrote next, here or by starting another conversation."""
    ended = facts.talks[["person"]].assign(at=end, talk=facts.talks.index)
    here = nearest(ended, facts.messages[["at", "talk"]], by="talk", direction="forward", exact=False)["at"]
    starts = facts.everybody.rename(columns={"start": "at"})[["at", "person"]]
    known = ended[ended["person"] >= 0]
    elsewhere = nearest(known, starts, by="person", direction="forward", exact=False)["at"].reindex(end.index)
    return pd.concat([here, elsewhere], axis=1).min(axis=1)


def _next_same(facts: Facts, end: pd.Series) -> pd.Series:
    """When each customer next said the intent of the conversation's last request."""
    parses = facts.log.parses
    parses = parses[(parses["at"] < facts.until) & parses["intent"].notna() & (parses["person"] >= 0)]
    asked = parses[parses["talk"].isin(facts.talks.index) & (parses["at"] <= looked_up(parses["talk"], end))]
    request = asked.sort_values("at", kind="stable")
    request = request.assign(real=~request["intent"].isin(SMALL_TALK)).sort_values(["real", "at"], kind="stable")
    last = request.drop_duplicates("talk", keep="last").set_index("talk")
    rows = pd.DataFrame({"at": end.reindex(last.index), "key": last["person"].astype(str) + " " + last["intent"]})
    others = pd.DataFrame({"at": parses["at"], "key": parses["person"].astype(str) + " " + parses["intent"]})
    return nearest(rows, others, by="key", direction="forward", exact=False)["at"].reindex(end.index)
