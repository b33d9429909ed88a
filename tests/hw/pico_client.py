"""The firmware of four modules as an HTTP client in a process of its own, posting in the order they boot.

python -m tests.hw.pico_client PORT    prints one JSON list a line: [path, status, body]
"""

from __future__ import annotations

import http.client
import json
import sys
from typing import Any

UIDS = {
    "buffer": "pico_bee000",
    "dist-flow": "pico_bee011",
    "store-flow": "pico_bee012",
    "dist-btu": "pico_bee021",
}


def posts() -> list[tuple[str, str, dict[str, Any]]]:
    """(actor, suffix, body) of a whole boot."""
    found: list[tuple[str, str, dict[str, Any]]] = []
    for actor in UIDS:
        found.append((actor, "code-update", {"TypeName": "new.code", "Version": "100"}))
    found += [
        ("buffer", "tank-module-params", {"TypeName": "tank.module.params", "Version": "110", "PicoAB": "a"}),
        ("buffer", "microvolts", {
            "AboutNodeNameList": [f"buffer-depth{i}" for i in (1, 2, 3)],
            "MicroVoltsList": [1_000_000, 1_200_000, 1_500_000], "TypeName": "microvolts", "Version": "100",
        }),
        ("dist-flow", "flow-hall-params", {
            "FlowNodeName": "dist-flow", "TypeName": "flow.hall.params", "Version": "101",
        }),
        ("dist-flow", "ticklist-hall", {
            "FirstTickTimestampNanoSecond": 1_000_000_000, "PicoBeforePostTimestampNanoSecond": 2_000_000_000,
            "RelativeMicrosecondList": [10_000 * i for i in range(100)], "TypeName": "ticklist.hall",
            "Version": "101",
        }),
        ("store-flow", "flow-reed-params", {
            "FlowNodeName": "store-flow", "DeadbandMilliseconds": 10, "TypeName": "flow.reed.params",
            "Version": "101",
        }),
        ("dist-btu", "pico-comms-params", {
            "BaseUrl": "http://192.168.2.200:8000", "BackupUrl": "http://scada.local:8000",
            "TypeName": "pico.comms.params", "Version": "000",
        }),
        ("dist-btu", "async-btu-params", {
            "FlowChannelName": "", "SendHz": True, "ReadCtVoltage": False, "HotChannelName": "",
            "ColdChannelName": "", "CapturePeriodS": 60, "GallonsPerPulse": 0.001,
            "TypeName": "async.btu.params", "Version": "000",
        }),
        ("dist-btu", "multichannel-snapshot", {
            "ChannelNameList": ["dist-swt", "dist-rwt"], "MeasurementList": [4512, 4101],
            "UnitList": ["CelsiusTimes100", "CelsiusTimes100"], "TypeName": "multichannel.snapshot",
            "Version": "000",
        }),
        ("dist-btu", "baseurl-failure-alert", {
            "BaseUrl": "http://10.0.0.2:8000", "Message": "no answer", "TypeName": "baseurl.failure.alert",
            "Version": "100",
        }),
    ]  # fmt: skip
    return found


def main(port: int) -> None:
    for actor, suffix, body in posts():
        body = {"HwUid": UIDS[actor], "ActorNodeName": actor, **body}
        link = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        link.request("POST", f"/{actor}/{suffix}", json.dumps(body), {"Content-Type": "application/json"})
        answer = link.getresponse()
        print(json.dumps([f"/{actor}/{suffix}", answer.status, answer.read().decode()]), flush=True)
        link.close()


if __name__ == "__main__":
    main(int(sys.argv[1]))
