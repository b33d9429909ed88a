A cold snap: 20 °F until noon, then -5 °F. The water the house needs gets hotter, and the plan with it.

house    orange
start    2026-01-27T00:00
hours    24
weather  20 until 12:00, -5

00:01:00 HomeAlone Initializing -> HpOnStoreOff   store 4.7 kWh, needed 19.2 kWh
    | needed: morning 5 x 3.39 = 16.95; from noon the load is 5.23 + 0.092 x 5 = 5.69 kW, so the afternoon takes
    | 22.76, midday itself 22.76, and midday makes 0.8 x 4 x 9.66 kW x COP 1.4 (below 15 °F) = 43.28 kWh:
    | 20.52 are left for the afternoon, 2.24 are missing; 16.95 + 2.24 = 19.19
00:14:10 HomeAlone HpOnStoreOff -> HpOnStoreCharge   buffer-depth3 115.7 °F > 114.1 °F; store 4.6 kWh, needed 19.2 kWh
01:14:00 HomeAlone HpOnStoreCharge -> HpOffStoreOff   store 19.3 kWh, needed 19.2 kWh
01:26:30 HomeAlone HpOffStoreOff -> HpOnStoreOff   buffer-depth1 99.0 °F < 99.1 °F
    | until the three hours ahead touch noon: 104.1 - 5.0 = 99.1 (worked out in normal-day.story)
02:29:40 HomeAlone HpOnStoreOff -> HpOnStoreCharge   buffer-depth3 114.2 °F > 114.1 °F; store 19.0 kWh, needed 19.2 kWh
02:31:00 HomeAlone HpOnStoreCharge -> HpOffStoreOff   store 19.2 kWh, needed 19.2 kWh
05:14:40 HomeAlone HpOffStoreOff -> HpOnStoreOff   buffer-depth1 99.0 °F < 99.1 °F
06:14:50 HomeAlone HpOnStoreOff -> HpOnStoreCharge   buffer-depth3 114.2 °F > 114.1 °F; store 18.3 kWh, needed 19.2 kWh
06:19:00 HomeAlone HpOnStoreCharge -> HpOffStoreOff   store 19.2 kWh, needed 19.2 kWh
08:56:30 HomeAlone HpOffStoreOff -> HpOffStoreDischarge   buffer-depth1 99.0 °F < 99.1 °F
09:33:00 HomeAlone HpOffStoreDischarge -> HpOffStoreOff   buffer-depth3 115.4 °F > 115.2 °F
    | at 09:00 the hours 10, 11 and 12 lie ahead, and 12 is cold: 5.69 kW needs
    | (0.108875 + sqrt(0.011854 + 4 x 0.0011224 x (5.69 - 2.5621)))/0.0022448 = (0.108875 + 0.160924)/0.0022448
    | = 120.19, less 5.0 = 115.2: what was full by far is empty by the new measure
11:10:10 HomeAlone HpOffStoreOff -> HpOffStoreDischarge   buffer-depth1 115.1 °F < 115.2 °F
11:51:20 HomeAlone HpOffStoreDischarge -> HpOffStoreOff   buffer-depth1 117.9 °F > 117.8 °F
    | 117.8: the store's top plus 5.4 °F, the margin of calibration; discharging would cool the buffer
12:00:00 HomeAlone HpOffStoreOff -> HpOnStoreOff   store 0.2 kWh, needed 22.8 kWh
    | needed between the peaks: 4 x 5.69 = 22.76
13:12:50 HomeAlone HpOnStoreOff -> HpOnStoreCharge   buffer-depth3 130.4 °F > 130.2 °F; store 0.2 kWh, needed 22.8 kWh
    | 130.2 = 115.2 + 15.0
14:46:50 HomeAlone HpOnStoreCharge -> HpOnStoreOff   buffer-depth1 115.1 °F < 115.2 °F
15:58:00 HomeAlone HpOnStoreOff -> HpOffStoreOff   on-peak starts in 2 min
    | the peak begins at 16:00, for us 120 s early
17:31:20 HomeAlone HpOffStoreOff -> HpOffStoreDischarge   buffer-depth1 115.1 °F < 115.2 °F
17:50:00 HomeAlone HpOffStoreDischarge -> HpOffStoreOff   buffer-depth3 115.3 °F > 115.2 °F
18:31:10 HomeAlone HpOffStoreOff -> HpOffStoreDischarge   buffer-depth1 115.1 °F < 115.2 °F
18:56:30 HomeAlone HpOffStoreDischarge -> HpOffStoreOff   buffer-depth3 115.3 °F > 115.2 °F
19:31:40 HomeAlone HpOffStoreOff -> HpOffStoreDischarge   buffer-depth1 115.1 °F < 115.2 °F
20:00:00 HomeAlone HpOffStoreDischarge -> HpOffStoreOff   the peak is over
    | the peak ends at 20
20:01:00 HomeAlone HpOffStoreOff -> HpOnStoreOff   store 2.6 kWh, needed 30.7 kWh
    | the next morning: 5 x 5.69 = 28.45; midday makes 43.28 - 22.76 = 20.52 of the afternoon's 22.76: 2.24 missing;
    | 28.45 + 2.24 = 30.69
21:09:10 HomeAlone HpOnStoreOff -> HpOnStoreCharge   buffer-depth3 130.3 °F > 130.2 °F; store 2.2 kWh, needed 30.7 kWh
22:45:50 HomeAlone HpOnStoreCharge -> HpOnStoreOff   buffer-depth1 115.1 °F < 115.2 °F
