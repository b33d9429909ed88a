A contract day: the ATN buys two hours at night and two at midday, and offers nothing in all the others.

house    orange
start    2026-01-27T00:30
hours    20
weather  20
atn      yes
offer    03:00 7720
offer    04:00 3000
offer    13:00 7720
offer    14:00 7720

00:31:00 HomeAlone Initializing -> HpOffStoreOff   store 18.3 kWh, needed 16.9 kWh
01:00:00 contract accepted: 0 Wh over 60 min
    | an offer of 0 W is a contract too: the heat pump stays off
01:00:00 HomeAlone HpOffStoreOff -> AtnControlled Initializing   0 Wh still to use
01:00:00 AtnControlled Initializing -> HpOffStoreOff   0 Wh still to use; buffer-depth1 111.6 °F >= 99.1 °F
01:32:50 AtnControlled HpOffStoreOff -> HpOffStoreDischarge   buffer-depth1 99.0 °F < 99.1 °F
    | 99.1 as on a normal day: the store carries the house
01:51:10 AtnControlled HpOffStoreDischarge -> HpOffStoreOff   buffer-depth3 99.2 °F > 99.1 °F
02:00:00 contract CompletedUnknownOutcome: Final energy accounting: used 39 Wh of contracted 0 Wh
02:00:01 contract accepted: 0 Wh over 60 min
    | completed at the full hour; the next offer comes with the answer, a tick later
02:36:50 AtnControlled HpOffStoreOff -> HpOffStoreDischarge   buffer-depth1 99.0 °F < 99.1 °F
02:57:00 AtnControlled HpOffStoreDischarge -> HpOffStoreOff   buffer-depth3 99.2 °F > 99.1 °F
03:00:00 contract CompletedUnknownOutcome: Final energy accounting: used 39 Wh of contracted 0 Wh
03:00:01 contract accepted: 7720 Wh over 60 min
    | 7720 W x 60 min / 60
03:00:01 AtnControlled HpOffStoreOff -> HpOnStoreOff   7719 Wh still to use
03:47:50 AtnControlled HpOnStoreOff -> HpOnStoreCharge   buffer-depth3 114.3 °F > 114.1 °F
04:00:00 contract CompletedUnknownOutcome: Final energy accounting: used 8675 Wh of contracted 7720 Wh
    | 7720 W is more than 1000 x ((1 - 12/60) x 9.66 - 1) = 6728 W: a full-power contract runs to its end
04:00:01 contract accepted: 3000 Wh over 60 min
04:18:38 AtnControlled HpOnStoreCharge -> HpOffStoreOff   0 Wh still to use
    | a rest below 1 Wh counts as none, and 2999 Wh at 9658 W last 2999/9658 x 3600 = 1117.9 s = 18 min 38 s
05:00:00 contract CompletedUnknownOutcome: Final energy accounting: used 3032 Wh of contracted 3000 Wh
    | the plant moves in steps of 10 s, so the power falls at 04:18:40: 1120 s x 9658 W / 3600 = 3004.7 Wh; then
    | 39 W of standby for 41 min 20 s: 26.9 Wh; together 3031.6 Wh, every second of the hour counted once
05:00:01 contract accepted: 0 Wh over 60 min
06:00:00 contract CompletedUnknownOutcome: Final energy accounting: used 39 Wh of contracted 0 Wh
    | 39 W of standby over an hour
06:00:01 contract accepted: 0 Wh over 60 min
06:26:50 AtnControlled HpOffStoreOff -> HpOffStoreDischarge   buffer-depth1 99.0 °F < 99.1 °F
06:43:10 AtnControlled HpOffStoreDischarge -> HpOffStoreOff   buffer-depth3 99.2 °F > 99.1 °F
07:00:00 contract CompletedUnknownOutcome: Final energy accounting: used 39 Wh of contracted 0 Wh
07:00:01 contract accepted: 0 Wh over 60 min
07:33:50 AtnControlled HpOffStoreOff -> HpOffStoreDischarge   buffer-depth1 99.0 °F < 99.1 °F
07:52:50 AtnControlled HpOffStoreDischarge -> HpOffStoreOff   buffer-depth3 99.2 °F > 99.1 °F
08:00:00 contract CompletedUnknownOutcome: Final energy accounting: used 39 Wh of contracted 0 Wh
08:00:01 contract accepted: 0 Wh over 60 min
08:39:30 AtnControlled HpOffStoreOff -> HpOffStoreDischarge   buffer-depth1 99.0 °F < 99.1 °F
09:00:00 contract CompletedUnknownOutcome: Final energy accounting: used 39 Wh of contracted 0 Wh
09:00:01 contract accepted: 0 Wh over 60 min
09:01:40 AtnControlled HpOffStoreDischarge -> HpOffStoreOff   buffer-depth3 99.2 °F > 99.1 °F
09:42:50 AtnControlled HpOffStoreOff -> HpOffStoreDischarge   buffer-depth1 99.0 °F < 99.1 °F
10:00:00 contract CompletedUnknownOutcome: Final energy accounting: used 39 Wh of contracted 0 Wh
10:00:01 contract accepted: 0 Wh over 60 min
11:00:00 contract CompletedUnknownOutcome: Final energy accounting: used 39 Wh of contracted 0 Wh
11:00:01 contract accepted: 0 Wh over 60 min
12:00:00 contract CompletedUnknownOutcome: Final energy accounting: used 39 Wh of contracted 0 Wh
12:00:01 contract accepted: 0 Wh over 60 min
13:00:00 contract CompletedUnknownOutcome: Final energy accounting: used 39 Wh of contracted 0 Wh
13:00:01 contract accepted: 7720 Wh over 60 min
13:00:01 AtnControlled HpOffStoreDischarge -> HpOnStoreOff   7719 Wh still to use
    | the store is left and the heat pump starts as soon as energy is owed
14:00:00 contract CompletedUnknownOutcome: Final energy accounting: used 8675 Wh of contracted 7720 Wh
14:00:01 contract accepted: 7720 Wh over 60 min
14:14:50 AtnControlled HpOnStoreOff -> HpOnStoreCharge   buffer-depth3 114.2 °F > 114.1 °F
15:00:00 contract CompletedUnknownOutcome: Final energy accounting: used 9660 Wh of contracted 7720 Wh
15:00:01 contract accepted: 0 Wh over 60 min
15:00:01 AtnControlled HpOnStoreCharge -> HpOffStoreOff   0 Wh still to use
    | nothing more is owed; until the plant's next step at 15:00:10 that are 10 s x 9658 W = 26.8 Wh, and 39 W of
    | standby for the rest of the hour are 38.9 Wh: 65.7 Wh
16:00:00 contract CompletedUnknownOutcome: Final energy accounting: used 66 Wh of contracted 0 Wh
16:00:01 contract accepted: 0 Wh over 60 min
16:57:20 AtnControlled HpOffStoreOff -> HpOffStoreDischarge   buffer-depth1 99.0 °F < 99.1 °F
17:00:00 contract CompletedUnknownOutcome: Final energy accounting: used 39 Wh of contracted 0 Wh
17:00:01 contract accepted: 0 Wh over 60 min
17:23:30 AtnControlled HpOffStoreDischarge -> HpOffStoreOff   buffer-depth3 99.2 °F > 99.1 °F
17:58:50 AtnControlled HpOffStoreOff -> HpOffStoreDischarge   buffer-depth1 99.0 °F < 99.1 °F
18:00:00 contract CompletedUnknownOutcome: Final energy accounting: used 39 Wh of contracted 0 Wh
18:00:01 contract accepted: 0 Wh over 60 min
19:00:00 contract CompletedUnknownOutcome: Final energy accounting: used 39 Wh of contracted 0 Wh
19:00:01 contract accepted: 0 Wh over 60 min
20:00:00 contract CompletedUnknownOutcome: Final energy accounting: used 39 Wh of contracted 0 Wh
20:00:01 contract accepted: 0 Wh over 60 min
