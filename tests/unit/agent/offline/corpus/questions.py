"""What engineers ask before they book, and why they can't."""

from tests.unit.agent.offline.corpus.entries import CHECK, EXPLAIN, WINDOW, Phrase, asks, calls, find, p, sql

QUESTIONS: tuple[Phrase, ...] = (
    # free
    p("anything free tmrw for a heavy 4x4 brake test??", find("2026-11-19", "2026-11-19", "brake", weight_class=">10K", drive_type="AWD")),
    p("what is free from 7 to 9 dec, 4x2, 8200 lb, emissions", find("2026-12-07", "2026-12-09", "emission", weight_lbs=8200, drive_type="2WD")),
    p("dynos available for FWD 3.9t evap 7-9 December?", find("2026-12-07", "2026-12-09", "evap", weight_lbs=8598, drive_type="2WD")),
    p("do you have a dyno for 195W114 for brake on 7 December?", find("2026-12-07", "2026-12-07", "brake", tag="195W114")),
    p("Which rigs could take vehicle 13 for emissions between 12/7 and 12/9?", find("2026-12-07", "2026-12-09", "emission", vehicle_id=13)),
    p("who can run a 12,500 pound all wheel drive durability from 4 Jan to 24 Jan", find("2027-01-04", "2027-01-24", "durability", weight_lbs=12500, drive_type="AWD")),
    p("I am looking for a free dyno for vehicle 13, brake test, 7 December, 3 days", find("2026-12-07", "2026-12-09", "brake", vehicle_id=13)),
    p("would it be possible to have a rear-wheel-drive light brake test on Friday?", find("2026-11-20", "2026-11-20", "brake", weight_class="<10K", drive_type="2WD")),
    p("free dynos for an awd truck over 10k lbs, emissions, this weekend", find("2026-11-21", "2026-11-22", "emission", weight_class=">10K", drive_type="AWD")),
    p("what is free next week for a heavy AWD truck?", asks("test_type")),
    p("is anything free for vehicle 13 next week?", asks("test_type")),
    p("is there a dyno for a crash test of vehicle 13 tomorrow?", asks("test_type", says="crash")),
    # one dyno
    p("is Northfield 1 free tomorrow?", sql("'Northfield 1'", "2026-11-19")),
    p("is pgn 3 available on 7 December", sql("'PGN 3'", "2026-12-07")),
    p("pgn3 free thursday?", sql("'PGN 3'", "2026-11-19")),
    p("is anybody on VTB 2 next week?", sql("'VTB #2'", "2026-11-23", "2026-11-29")),
    p("when is PGN 3 free again?", sql("'PGN 3'", "2026-11-18")),
    p("until when is PGN 3 busy?", sql("'PGN 3'", "2026-11-18")),
    p("who is using northfield 2 today?", sql("'Northfield 2'", "2026-11-18")),
    p("who has PGN 4 in the week of 7 December?", sql("'PGN 4'", "2026-12-07", "2026-12-13")),
    p("can Northfield 1 take a heavy AWD brake test?", calls("get_dyno", name="Northfield 1")),
    # next window
    p("first possible date for vehicle 13 brake 3 days", calls(WINDOW, vehicle_id=13, test_type="brake", days=3, not_before="2026-11-18")),
    p("when's the soonest you can fit 195W114 in for emissions, 2 days?", calls(WINDOW, tag="195W114", test_type="emission", days=2, not_before="2026-11-18")),
    p("earliest 4 day window for a light 2WD evap test after 14 December", calls(WINDOW, weight_class="<10K", drive_type="2WD", test_type="evap", days=4, not_before="2026-12-14")),
    p("next slot on PGN 3 for vehicle 13, brake, 3 days", calls(WINDOW, vehicle_id=13, test_type="brake", days=3, not_before="2026-11-18", dyno="PGN 3")),
    p("how soon can vehicle 13 get a brake test?", asks("days")),
    # why
    p("why can't I have Northfield 1 tomorrow?", sql("'Northfield 1'", "2026-11-19")),
    p("why is PGN 3 not available next week?", sql("'PGN 3'", "2026-11-23", "2026-11-29")),
    p("why cant i get pgn 3 on 7 dec for 195W114 brake", calls(EXPLAIN, start_date="2026-12-07", end_date="2026-12-07", tag="195W114", test_type="brake", dyno="PGN 3")),
    p("Why is there no dyno for vehicle 13 for emissions from 7 December for 3 days?", calls(EXPLAIN, start_date="2026-12-07", end_date="2026-12-09", vehicle_id=13, test_type="emission")),
    p("what's blocking PGN 3 tomorrow?", sql("'PGN 3'", "2026-11-19")),
    # vehicles
    p("wheres 195W114", calls(CHECK, tag="195W114")),
    p("whats the status of vehicle 13?", calls(CHECK, vehicle_id=13)),
    p("is my truck 195W114 still on the plan?", calls(CHECK, tag="195W114")),
    p("when does vehicle 13 go on the dyno", calls(CHECK, vehicle_id=13)),
    p("what tests does 195W114 have planned", calls(CHECK, tag="195W114")),
    p("pls find vehicle with vin ending 3661", calls("find_vehicle", text="3661")),
    p("info on 195W114 please", calls("find_vehicle", text="195W114")),
    p("what's the weight of 195W114?", calls("find_vehicle", text="195W114")),
    p("who's responsible for vehicle 13?", sql("contact", "13")),
    p("whom should I ask about 644W226", sql("contact", "'644W226'")),
    p("show me booking 42", sql("reporting.allocations", "id = 42")),
    p("who booked allocation 42?", sql("created_by", "id = 42")),
    p("when does #42 end?", sql("id = 42")),
)  # fmt: skip
