"""The rows of the fault model that devices are answerable for, and what each asks of the house."""

from __future__ import annotations

ROWS = {
    "F101": "a transaction nobody acknowledges is tried again in the same tick and counted",
    "F102": "an absent device is asked less and less often and never simulated",
    "F103": "a stuck bus: seen in a tick, handed back and the heartbeat stopped within ten seconds",
    "F104": "a call that hangs in the kernel is bounded to 30 ms, and no watchdog is petted meanwhile",
    "F105": "short, long and wrong answers are discarded",
    "F106": "open and shorted thermistors are absent within three seconds and told apart",
    "F107": "a flat-lined sensor is not believed",
    "F108": "a leap faster than physics is held out until it has lasted",
    "F109": "slow drift shows in what sensors say of each other, in tanks and pipes, and only warns",
    "F110": "swapped sensors end contracts",
    "F111": "a supply that sags is one alarm and all its sensors absent",
    "F112": "noise of 3 K does not make the compressor chatter",
    "F113": "NaN, infinity, bool and huge numbers end at the driver",
    "F114": "without any tank sensor nothing moves storage and no contract is followed",
    "F115": "without any room sensor the wall thermostats decide and no contract is followed",
    "F116": "without the outdoor sensor the forecast counts",
    "F201": "a silent meter is asked one question at a time, less and less often",
    "F202": "exceptions of the configuration are latched, others asked again",
    "F203": "garbage is bounded and the meter read again after it",
    "F204": "a late or foreign reply is dropped",
    "F205": "a power the heat pump cannot draw is said and ends contracts; energy never falls",
    "F206": "an unplugged serial line is opened again within ten seconds of its return",
    "F207": "a counter that wraps or begins anew makes no giant flow",
    "F208": "a contract ends unmeasured when the meter is lost for a minute",
    "F209": "posts of strangers, replays, 10 MB and dribbles are refused and cost the tick nothing",
    "F210": "a silent module is absent at its stale time and power-cycled with restraint",
    "F701": "a relay board that does not acknowledge: its relays are unknown and the house handed back",
    "F702": "a relay that reads back otherwise is told again, then a fault, also if only now and then",
    "F703": "welded and dead relays show in the plant; a compressor that runs on keeps its pump",
    "F704": "a board that lost its supply is seen in a tick and brought back through the gate",
    "F705": "one board dead hands the house back",
    "F706": "a 0-10 V board that is lost ends contracts and the pumps go on as stored",
    "F707": "no relay is energised before the first evaluated tick",
    "F708": "no relay moves twice within two seconds, nor 200 times a day",
    "F709": "an index given twice is refused at load, and the walk tells a relay that does not follow",
}

NOT_THERE: dict[str, str] = {}
"""Rows without a test, and why."""
