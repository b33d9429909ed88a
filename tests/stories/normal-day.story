A normal winter Tuesday: 20 °F all day, no wind, no ATN. The peaks are run from the store.

house    orange
start    2026-01-27T00:00
hours    24
weather  20

00:01:00 HomeAlone Initializing -> HpOffStoreOff   store 18.3 kWh, needed 16.9 kWh
    | nothing is chosen in the first minute; then the picture of all tanks is whole
    | needed: load 5.23 - 0.092 x 20 = 3.39 kW, five hours from 7 to 12: 16.95 kWh; the afternoon (4 x 3.39 = 13.56)
    | is made good at midday: 0.8 x 4 h x 9.66 kW x COP (1.02 + 0.0257 x 20 = 1.534) - 13.56 = 33.9 kWh > 13.56
01:02:50 HomeAlone HpOffStoreOff -> HpOnStoreOff   buffer-depth1 99.0 °F < 99.1 °F
    | 99.1: the water 3.39 kW needs. The curve goes through (5.23/0.092 = 56.85 °F, 0), (86, 1.5), (119, 5.5):
    | slopes 1.5/29.15 = 0.051454 and 5.5/62.15 = 0.088493, a = (0.088493 - 0.051454)/33 = 0.0011224,
    | b = 0.051454 - a x 142.85 = -0.108875, c = -(a x 56.85 + b) x 56.85 = 2.5621;
    | RSWT = (0.108875 + sqrt(0.011854 - 4 a (2.5621 - 3.39)))/(2 a) = (0.108875 + 0.124782)/0.0022448 = 104.09;
    | rounded 104.1, less 5.0 that the walls carry = 99.1
02:07:20 HomeAlone HpOnStoreOff -> HpOffStoreOff   buffer-depth3 114.2 °F > 114.1 °F; store 17.9 kWh, needed 16.9 kWh
    | 114.1: once on, the heat pump heats the bottom 15.0 above that: 99.1 + 15.0
04:54:50 HomeAlone HpOffStoreOff -> HpOnStoreOff   buffer-depth1 99.0 °F < 99.1 °F
05:55:30 HomeAlone HpOnStoreOff -> HpOnStoreCharge   buffer-depth3 114.2 °F > 114.1 °F; store 16.2 kWh, needed 16.9 kWh
05:56:30 HomeAlone HpOnStoreCharge -> HpOffStoreOff   store 17.1 kWh, needed 16.9 kWh
08:37:20 HomeAlone HpOffStoreOff -> HpOffStoreDischarge   buffer-depth1 99.0 °F < 99.1 °F
08:56:40 HomeAlone HpOffStoreDischarge -> HpOffStoreOff   buffer-depth3 99.2 °F > 99.1 °F
09:41:10 HomeAlone HpOffStoreOff -> HpOffStoreDischarge   buffer-depth1 99.0 °F < 99.1 °F
10:02:50 HomeAlone HpOffStoreDischarge -> HpOffStoreOff   buffer-depth3 99.3 °F > 99.1 °F
10:47:10 HomeAlone HpOffStoreOff -> HpOffStoreDischarge   buffer-depth1 99.0 °F < 99.1 °F
11:09:40 HomeAlone HpOffStoreDischarge -> HpOffStoreOff   buffer-depth3 99.2 °F > 99.1 °F
11:50:40 HomeAlone HpOffStoreOff -> HpOffStoreDischarge   buffer-depth1 99.0 °F < 99.1 °F
12:00:00 HomeAlone HpOffStoreDischarge -> HpOffStoreOff   the peak is over
    | the peak ends at 12; nothing but the clock
12:01:00 HomeAlone HpOffStoreOff -> HpOnStoreOff   store 3.6 kWh, needed 13.6 kWh
    | a minute in the state before; needed: four afternoon hours x 3.39 = 13.56 kWh
12:55:40 HomeAlone HpOnStoreOff -> HpOnStoreCharge   buffer-depth3 114.2 °F > 114.1 °F; store 3.6 kWh, needed 13.6 kWh
13:37:00 HomeAlone HpOnStoreCharge -> HpOffStoreOff   store 13.6 kWh, needed 13.6 kWh
15:33:20 HomeAlone HpOffStoreOff -> HpOnStoreOff   buffer-depth1 99.0 °F < 99.1 °F
15:58:00 HomeAlone HpOnStoreOff -> HpOffStoreOff   on-peak starts in 2 min
    | the peak begins at 16:00, for us 120 s early
16:45:50 HomeAlone HpOffStoreOff -> HpOffStoreDischarge   buffer-depth1 99.0 °F < 99.1 °F
17:05:10 HomeAlone HpOffStoreDischarge -> HpOffStoreOff   buffer-depth3 99.2 °F > 99.1 °F
17:51:20 HomeAlone HpOffStoreOff -> HpOffStoreDischarge   buffer-depth1 99.0 °F < 99.1 °F
18:13:00 HomeAlone HpOffStoreDischarge -> HpOffStoreOff   buffer-depth3 99.2 °F > 99.1 °F
18:53:40 HomeAlone HpOffStoreOff -> HpOffStoreDischarge   buffer-depth1 99.0 °F < 99.1 °F
20:00:00 HomeAlone HpOffStoreDischarge -> HpOffStoreOff   the peak is over
    | the second peak ends at 20
20:01:00 HomeAlone HpOffStoreOff -> HpOnStoreOff   buffer-depth1 98.0 °F < 99.1 °F
    | a minute later; off-peak the buffer counts as empty below 99.1 all the same
21:03:10 HomeAlone HpOnStoreOff -> HpOnStoreCharge   buffer-depth3 114.2 °F > 114.1 °F; store 1.6 kWh, needed 16.9 kWh
    | needed: Wednesday is a working day with the same weather: 16.95 kWh
22:07:00 HomeAlone HpOnStoreCharge -> HpOffStoreOff   store 17.2 kWh, needed 16.9 kWh
23:46:30 HomeAlone HpOffStoreOff -> HpOnStoreOff   buffer-depth1 99.0 °F < 99.1 °F
