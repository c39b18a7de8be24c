"""Words in the figures: the map, the charts, their captions, the controls."""

from __future__ import annotations

from collections.abc import Mapping

from flightward.wording.language import Text, text

FIGURES: Mapping[str, Text] = {
    "play": text("Play", "Грати"),
    "pause": text("Pause", "Пауза"),
    "speed": text("× time", "× час"),
    "fit": text("Whole flight", "Увесь політ"),
    "follow": text("Follow", "Стежити"),
    "zoom_in": text("Closer", "Ближче"),
    "zoom_out": text("Farther", "Далі"),
    "slider": text("Time of the day", "Час доби"),
    "layer_truth": text("drones, truth", "дрони, дійсно"),
    "layer_picture": text("drones, air picture", "дрони, обстановка"),
    "layer_raids": text("raids", "нальоти"),
    "layer_sensors": text("sensors", "датчики"),
    "layer_advice": text("advised way", "порада"),
    "layer_land": text("base map", "підкладка"),
    "map_label": text("Map of the flight and the drones near it", "Карта борту і дронів поруч"),
    "near_label": text("The flight and the drones at that moment", "Борт і дрони тієї миті"),
    "read_none": text("no drone seen", "дронів не видно"),
    "read_nearest": text("nearest", "найближчий"),
    "read_near": text("within limits", "у межах"),
    "read_unknown": text("position not known", "позиція невідома"),
    "read_ground": text("on the ground", "на землі"),
    "flown": text("flown", "пройдено"),
    "under_caution": text("under CAUTION", "за «ОБЕРЕЖНО»"),
    "caught": text("caught", "під нальотом"),
    "plan": text("plan", "план"),
    "advised": text("advised", "порада"),
    "advised_option": text("advised: {option}", "порада: {option}"),
    "guessed": text("guessed (dotted) and false reports (rings)", "здогад (крапки) і хибні позиції (кільця)"),
    "drones_truth": text("hostile drones in the truth", "ворожі дрони, дійсно"),
    "drones_picture": text("hostile drones in the air picture", "ворожі дрони в обстановці"),
    "map_caption": text(
        "Still of {at}: drones within 16 NM of the flight, arrow at that time, faint after. Dashed ring: {raid}. Dotted"
        " grey: range of sensors. True north is up at the centre.",
        "Стан на {at}: дрони ближче ніж 16 мор. миль, стрілка на ту мить, блідо потім. Штрихове кільце: {raid}. Сірі"
        " крапки: дальність датчиків. Північ угорі в центрі.",
    ),
    "map_live_caption": text(
        "Dashed ring: {raid} around the flight. Tails: the last {tail}. {credit}",
        "Штрихове кільце: {raid} навколо борту. Хвости: останні {tail}. {credit}",
    ),
    "map_credit": text(
        "Base map: Natural Earth; places: GeoNames (CC BY 4.0).",
        "Підкладка: Natural Earth; назви: GeoNames (CC BY 4.0).",
    ),
    "chart_label": text("Levels and distances over time", "Рівні та відстані в часі"),
    "chart_caption_truth": text(
        "Red: by the truth. Grey: as the air picture had it at that time.",
        "Червоне: дійсно. Сіре: як було в повітряній обстановці тієї миті.",
    ),
    "chart_caption": text(
        "Distances over the top of a panel are cut. Upright dashed lines: take-off and landing, the first CAUTION, the"
        " first catch.",
        "Відстані понад верх поля обрізано. Вертикальні штрихи: виліт і посадка, перше «ОБЕРЕЖНО», перша мить"
        " під нальотом.",
    ),
    "chart_shown": text("Shown to people", "Показано людям"),
    "chart_caught": text("Caught", "Під нальотом"),
    "chart_count": text("Hostile drones within {reach} of the flight", "Ворожі дрони в межах {reach} від борту"),
    "chart_h": text(
        "Horizontal distance to the nearest hostile drone; dashed: the {nth} at its height; NM",
        "Горизонтальна відстань до найближчого ворожого дрона; штрихи: {nth} на його висоті; мор. милі",
    ),
    "chart_v": text("Height difference to the nearest of them, ft", "Різниця висот із найближчим, фт"),
    "chart_nobody": text(
        "no sensor saw a drone: that is not the same as none being there",
        "жоден датчик дронів не бачив: це не означає, що їх не було",
    ),
    "chart_blind": text("Shaded: BLIND.", "Тло: «НЕ ВИДНО»."),
    "chart_caught_from": text("caught from {n}", "подія від {n}"),
    "limit_raid": text("raid {d}", "наліт {d}"),
    "limit_lone": text("lone {d}", "окремий {d}"),
    "nth_1": text("nearest", "найближчий"),
    "nth_2": text("second nearest", "другий"),
    "nth_3": text("third nearest", "третій"),
    "nth_n": text("{n}th nearest", "{n}-й"),
    "mark_takeoff": text("take-off", "виліт"),
    "mark_in_air": text("in the air", "у повітрі"),
    "mark_landing": text("landing", "посадка"),
    "mark_end": text("end of the data", "кінець даних"),
    "mark_begin": text("data begin", "початок даних"),
    "mark_caution": text("first CAUTION", "перше «ОБЕРЕЖНО»"),
    "mark_caught": text("caught", "під нальотом"),
    "in_truth": text("in the truth", "дійсно"),
    "in_picture": text("in the air picture", "в обстановці"),
    "range": text("range {d}", "дальність {d}"),
    "zone_inactive": text("{zone} (not active then)", "{zone} (тоді не активна)"),
    "raid_words": text("raid {id}: {drones}, course {course}", "наліт {id}: {drones}, курс {course}"),
    "false_reported": text("reported {t}, held to be false", "передано {t}, визнано хибним"),
    "thought": text(
        "where it was thought to be, without a position to believe", "де борт вважали, без вірогідної позиції"
    ),
    "flight_at": text("{who} at {t}", "{who} о {t}"),
    "knew_label": text("Who knew what, when", "Хто що знав і коли"),
    "knew_caption": text(
        "Bars: when reports of each drone that mattered came in, and when the air picture had enough of them. Diamonds:"
        " the earliest possible warnings. Time runs to the catch (or the closest approach).",
        "Смуги: коли надходили повідомлення про кожен дрон і коли їх було достатньо в обстановці. Ромби: найраніші"
        " можливі попередження. Час іде до події (або найбільшого зближення).",
    ),
}
