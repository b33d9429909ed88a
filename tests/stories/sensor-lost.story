The buffer's sensor module falls silent at 09:31, in the morning peak, and comes back at 11:20.

house    orange
start    2026-01-27T00:00
hours    15
weather  20
do       09:31 silence buffer
do       11:20 heal

00:01:00 HomeAlone Initializing -> HpOffStoreOff   store 18.3 kWh, needed 16.9 kWh
    | as on a normal day until the module falls silent (see normal-day.story for 16.9, 99.1 and 114.1)
01:02:50 HomeAlone HpOffStoreOff -> HpOnStoreOff   buffer-depth1 99.0 °F < 99.1 °F
02:07:20 HomeAlone HpOnStoreOff -> HpOffStoreOff   buffer-depth3 114.2 °F > 114.1 °F; store 17.9 kWh, needed 16.9 kWh
04:54:50 HomeAlone HpOffStoreOff -> HpOnStoreOff   buffer-depth1 99.0 °F < 99.1 °F
05:55:30 HomeAlone HpOnStoreOff -> HpOnStoreCharge   buffer-depth3 114.2 °F > 114.1 °F; store 16.2 kWh, needed 16.9 kWh
05:56:30 HomeAlone HpOnStoreCharge -> HpOffStoreOff   store 17.1 kWh, needed 16.9 kWh
08:37:20 HomeAlone HpOffStoreOff -> HpOffStoreDischarge   buffer-depth1 99.0 °F < 99.1 °F
08:56:40 HomeAlone HpOffStoreDischarge -> HpOffStoreOff   buffer-depth3 99.2 °F > 99.1 °F
09:33:31 note no word from buffer: sensor power is cycled
    | depth 3 is the last to grow old (see below), then the whole module counts as silent: its power goes for
    | 5 s, as a hung module comes back that way. This one does not
09:34:21 fault buffer-depth1-lost   buffer sensor 1 is silent
    | the module posts on change and at 10 s before each minute; depths 1 and 2 last spoke at 09:30:50. Old is
    | 2.5 x 60 s = 150 s: 09:33:20 is still good, from the next second on they are lost; 60 s more: 09:34:21
09:34:21 fault buffer-depth2-lost   buffer sensor 2 is silent
09:34:31 fault buffer-depth3-lost   buffer sensor 3 is silent
    | depth 3 last spoke at 09:31:00, before the module fell silent: 10 s later
09:38:31 fault buffer-lost   No buffer temperature at all
    | the last depth is old from 09:33:31 on; blind after 300 s more. A house that cannot see its buffer gives
    | the heat pump to the tank's aquastat: it heats, if dearly
09:38:31 HomeAlone HpOffStoreOff -> ScadaBlind OnAquastat   No buffer temperature at all
09:43:31 note no word from buffer: sensor power is cycled
    | every module on the supply loses its power each time, so not more often than every 10 min
09:53:31 note no word from buffer: sensor power is cycled
10:23:31 note no word from buffer: sensor power is cycled
    | three cycles in a row did not wake it: 30 min until the next, then 60
11:21:00 clear buffer-lost   over: No buffer temperature at all
    | the module's first post after 11:20:00 comes at 11:20:50; a fault must be gone for 10 s before it clears.
    | All four clear at once, and nothing waits for a person
11:21:00 clear buffer-depth1-lost   over: buffer sensor 1 is silent
11:21:00 clear buffer-depth2-lost   over: buffer sensor 2 is silent
11:21:00 clear buffer-depth3-lost   over: buffer sensor 3 is silent
11:21:00 HomeAlone ScadaBlind OnAquastat -> Initializing   the buffer is seen again
11:21:00 HomeAlone Initializing -> HpOffStoreOff   on-peak; buffer-depth1 146.2 °F >= 99.1 °F
12:00:00 HomeAlone HpOffStoreOff -> HpOnStoreOff   store 12.5 kWh, needed 13.6 kWh
    | the peak is over; 4 x 3.39 = 13.56 kWh are needed for the next
12:12:00 HomeAlone HpOnStoreOff -> HpOnStoreCharge   buffer-depth3 119.3 °F > 114.1 °F; store 12.5 kWh, needed 13.6 kWh
    | the heat pump is ours again at 12:00:00; the store is not charged before 12 min of warming up
12:17:00 HomeAlone HpOnStoreCharge -> HpOffStoreOff   store 13.6 kWh, needed 13.6 kWh
