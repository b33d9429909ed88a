The broker is gone twenty minutes into a contract and comes back twenty minutes later.

house    orange
start    2026-01-27T04:30
hours    6
weather  20
atn      yes
offer    05:00 5000
do       05:20 cut
do       05:40 mend

04:31:00 HomeAlone Initializing -> HpOffStoreOff   store 18.3 kWh, needed 16.9 kWh
05:00:00 contract accepted: 5000 Wh over 60 min
    | 5000 W x 60 min / 60 = 5000 Wh
05:00:00 HomeAlone HpOffStoreOff -> AtnControlled Initializing   5000 Wh still to use
05:00:00 AtnControlled Initializing -> HpOnStoreOff   5000 Wh still to use; buffer-depth1 111.6 °F >= 99.1 °F
05:22:30 contract lost: no ATN heartbeat for 150 s
    | the last heartbeat came at 05:20:00, the minute the broker went; 05:20:00 + 150 s
05:22:30 AtnControlled HpOnStoreOff -> HomeAlone Initializing   no ATN heartbeat for 150 s
05:22:30 HomeAlone Initializing -> HpOffStoreOff   store 18.1 kWh, needed 16.9 kWh
    | the store holds what the morning needs (16.95 kWh), so the heat pump rests
05:41:01 contract the ATN is back; the contract is in force again
    | the ATN beats once a minute; its first beat after 05:40:00 is made after the loss and brings the contract back
05:41:01 HomeAlone HpOffStoreOff -> AtnControlled Initializing   2323 Wh still to use
05:41:01 AtnControlled Initializing -> HpOnStoreOff   2323 Wh still to use; buffer-depth1 105.5 °F >= 99.1 °F
06:00:00 contract CompletedUnknownOutcome: Final energy accounting: used 4752 Wh of contracted 5000 Wh
    | 5000 bought, 4749 used: while the house was alone the heat pump did not run at the ATN's cost
06:00:01 contract accepted: 0 Wh over 60 min
    | the ATN offers nothing more: 0 W x 60 min
06:00:01 AtnControlled HpOnStoreOff -> HpOffStoreOff   0 Wh still to use
07:00:00 contract CompletedUnknownOutcome: Final energy accounting: used 66 Wh of contracted 0 Wh
07:00:01 contract accepted: 0 Wh over 60 min
07:06:20 AtnControlled HpOffStoreOff -> HpOffStoreDischarge   buffer-depth1 99.0 °F < 99.1 °F
    | 99.1 as on a normal day
07:25:50 AtnControlled HpOffStoreDischarge -> HpOffStoreOff   buffer-depth3 99.2 °F > 99.1 °F
08:00:00 contract CompletedUnknownOutcome: Final energy accounting: used 39 Wh of contracted 0 Wh
    | standby alone: 39 W (19.5 W for each unit) over an hour
08:00:01 contract accepted: 0 Wh over 60 min
08:11:30 AtnControlled HpOffStoreOff -> HpOffStoreDischarge   buffer-depth1 99.0 °F < 99.1 °F
08:31:40 AtnControlled HpOffStoreDischarge -> HpOffStoreOff   buffer-depth3 99.2 °F > 99.1 °F
09:00:00 contract CompletedUnknownOutcome: Final energy accounting: used 39 Wh of contracted 0 Wh
09:00:01 contract accepted: 0 Wh over 60 min
09:17:20 AtnControlled HpOffStoreOff -> HpOffStoreDischarge   buffer-depth1 99.0 °F < 99.1 °F
09:38:20 AtnControlled HpOffStoreDischarge -> HpOffStoreOff   buffer-depth3 99.2 °F > 99.1 °F
10:00:00 contract CompletedUnknownOutcome: Final energy accounting: used 39 Wh of contracted 0 Wh
10:00:01 contract accepted: 0 Wh over 60 min
10:22:10 AtnControlled HpOffStoreOff -> HpOffStoreDischarge   buffer-depth1 99.0 °F < 99.1 °F
