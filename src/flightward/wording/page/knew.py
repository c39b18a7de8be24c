"""The chain of who knew what and when, the earliest possible warnings, silent sensors, positions."""

from __future__ import annotations

from collections.abc import Mapping

from flightward.wording.language import Text, text

KNEW: Mapping[str, Text] = {
    "link_detected": text("Measured by a sensor", "Датчик виміряв"),
    "link_reported": text("Report received", "Повідомлення надійшло"),
    "link_tracked": text("In the air picture as hostile", "У повітряній обстановці як ворожі"),
    "link_raid": text("In a raid", "У складі нальоту"),
    "link_advisory": text("ADVISORY", "УВАГА"),
    "link_caution": text("CAUTION", "ОБЕРЕЖНО"),
    "link_warning": text("WARNING", "НЕБЕЗПЕКА"),
    "link_seen": text("Seen by a person", "Людина побачила"),
    "link_told": text("Passed on", "Передано"),
    "link_read_back": text("Read back", "Підтверджено"),
    "link_caught": text("Caught", "Під нальотом"),
    "link_closest": text("Closest drone", "Найближчий дрон"),
    "link_of": text("the {n} that it took, of {all}", "{n}, скільки було треба, з {all}"),
    "link_of_all": text("all {all}", "усі {all}"),
    "link_of_one": text("the one that came nearest", "той, що підійшов найближче"),
    "link_never": text("never", "ніколи"),
    "link_no_act": text("nothing on record", "запису немає"),
    "link_no_recording": text("not known: no recording", "невідомо: запису немає"),
    "link_not_known": text("not known without the truth", "невідомо без дійсних положень"),
    "link_earlier": text("{dt} earlier", "на {dt} раніше"),
    "can_at_hand": text("Data at hand", "Наявні дані"),
    "can_fusion": text("Perfect fusion", "Ідеальне об'єднання"),
    "can_silent": text("With the silent sensors", "З датчиками, що мовчали"),
    "can_actual": text("As it was: CAUTION", "Як було: «ОБЕРЕЖНО»"),
    "can_at_hand_what": text(
        "each drone known from its third report, as received", "кожен дрон відомий з третього повідомлення, як надійшло"
    ),
    "can_fusion_what": text(
        "each drone known as soon as any sensor measured it",
        "кожен дрон відомий, щойно його виміряв будь-який датчик",
    ),
    "can_silent_what": text(
        "... or one look after it came into the coverage of a sensor that said nothing of it{sensors}",
        "... або за один огляд після входу в зону датчика, який про нього мовчав{sensors}",
    ),
    "can_silent_none": text(" (no sensor was silent about them)", " (жоден датчик про них не мовчав)"),
    "can_silent_some": text(": {sensors}", ": {sensors}"),
    "can_never": text("not before the catch", "не раніше за саму подію"),
    "can_not_caught": text(
        "It was not caught, so no warning of a catch was due; the chain above is of the drone that came nearest.",
        "Борт не потрапив під наліт, тож попереджати не було про що; ланцюг вище про дрон, що підійшов найближче.",
    ),
    "can_no_drones": text(
        "No hostile drone is known, so there was none to warn of.",
        "Про ворожі дрони нічого не відомо, тож і попереджати не було про що.",
    ),
    "can_not_known": text(
        "Not known: this needs the recording (what each sensor said) and the truth of the case.",
        "Невідомо: потрібні запис (що казав кожен датчик) і дійсні положення.",
    ),
    "can_rule": text(
        "A warning counts as possible from when, without a break, the straight lines of the drones known by then met"
        " the limits of the catch on the flight's {way} within five minutes of when it happened. All drones known"
        " count, not only those that caught it. A forecast that bends with the raid may know earlier.",
        "Попередження вважається можливим відтоді, відколи без перерви прямі лінії відомих дронів потрапляли в межі"
        " події на {way} борту з точністю п'ять хвилин. Враховано всі відомі дрони, не лише ті. Прогноз, що враховує"
        " повороти нальоту, може знати раніше.",
    ),
    "way_plan": text("plan", "плані"),
    "way_flown": text("path as flown (it was far off its plan)", "пройденому шляху (борт був далеко від плану)"),
    "silent_off": text("off", "вимкнений"),
    "silent_hidden": text("did not see it", "не бачив"),
    "pos_stopped": text(
        "Last position to be believed before a gap", "Остання позиція, якій можна вірити, перед перервою"
    ),
    "pos_false": text("First of the false positions", "Перша з хибних позицій"),
    "pos_true": text("First true position again", "Знову перша справжня позиція"),
    "pos_said_stopped": text("no longer trusted from {t}", "не віримо з {t}"),
    "pos_said_false": text("held to be false at {t}", "визнано хибною о {t}"),
    "pos_said_true": text("trusted at {t}", "визнано справжньою о {t}"),
    "pos_said_never": text("not said", "не сказано"),
    "alert_heard": text("Alert declared: {area}", "Оголошено тривогу: {area}"),
    "alert_over": text("Alert over: {area}", "Відбій: {area}"),
    "alert_said": text("heard at {t}", "надійшло о {t}"),
    "alert_row": text("heard at {t}; shown for the flight at {shown}", "надійшло о {t}; для борту показано о {shown}"),
    "lane_reports": text("reports of {id}", "повідомлення: {id}"),
    "lane_picture": text("in the air picture", "у повітряній обстановці"),
    "lane_shown": text("shown", "показано"),
    "lane_people": text("people", "люди"),
}
