"""The three answers on the first screen: one sentence each, with numbers, to be quoted as it stands."""

from __future__ import annotations

from collections.abc import Mapping

from flightward.wording.language import Text, text

ANSWERS: Mapping[str, Text] = {
    "q_close": text("Was it close?", "Чи було близько?"),
    "q_known": text("What was known, and when?", "Що було відомо і коли?"),
    "q_helped": text("What would have helped?", "Що допомогло б?"),
    "close_raid": text(
        "{who} was caught at {t} UTC: {n} were within {reach} and {reach_v} of it, for {dur} in all, and the nearest"
        " passed {near}{chance}.",
        "О {t} UTC {who} потрапив під наліт: {n} були ближче ніж {reach} і {reach_v} від нього, загалом {dur};"
        " найближчий пройшов за {near}{chance}.",
    ),
    "close_lone": text(
        "{who} was caught at {t} UTC: a hostile drone was within {reach} and {reach_v} of it, for {dur} in all; the"
        " nearest passed {near}{chance}.",
        "О {t} UTC {who} опинився поруч із ворожим дроном: той був ближче ніж {reach} і {reach_v}, загалом {dur};"
        " найближчий пройшов за {near}{chance}.",
    ),
    "close_zone": text(
        "{who} was caught at {t} UTC: it was inside an active defended zone with a hostile drone within {reach}, for"
        " {dur} in all; the nearest passed {near}{chance}.",
        "О {t} UTC {who} був в активній зоні ППО, а ворожий дрон ближче ніж {reach}, загалом {dur}; найближчий пройшов"
        " за {near}{chance}.",
    ),
    "close_free": text(
        "{who} was not caught{until}: no hostile drone came nearer to it than {near}, at {t} UTC{chance}.",
        "{who} не потрапив під наліт{until}: жоден ворожий дрон не підійшов ближче ніж {near}, о {t} UTC{chance}.",
    ),
    "close_none": text(
        "{who} was not caught{until}: in its {up} in the air no hostile drone was in the picture.",
        "{who} не потрапив під наліт{until}: за {up} у повітрі ворожих дронів не було видно.",
    ),
    "close_unwatched": text(
        "It cannot be said: for {blind} of its {up} in the air no sensor that sees drones watched over {who}{lost}.",
        "Сказати неможливо: {blind} із {up} у повітрі жоден датчик, що бачить дрони, не стежив за {who}{lost}.",
    ),
    "close_blind": text(
        "It cannot be said: for {blind} of its {up} in the air {who} was BLIND{lost}.",
        "Сказати неможливо: {blind} із {up} у повітрі {who} був у стані «НЕ ВИДНО»{lost}.",
    ),
    "lost": text(
        ", and for {dt} it had no position that could be believed", ", а {dt} не було позиції, якій можна вірити"
    ),
    "until": text(" up to the end of the data at {t} UTC", " до кінця даних о {t} UTC"),
    "near_above": text("{h} away and {v} above it", "{h} по горизонталі й на {v} вище"),
    "near_below": text("{h} away and {v} below it", "{h} по горизонталі й на {v} нижче"),
    "near_flat": text("{h} away, at a height not known", "{h} по горизонталі, висота невідома"),
    "chance_lost": text(
        "; had the drones' courses differed a little, it would have been caught with a chance of {p}",
        "; якби курси дронів трохи різнилися, його наздогнали б з імовірністю {p}",
    ),
    "known_seen": text(
        "the {drones} that caught it were in the air picture by {t} UTC, {before} before",
        "усі {drones}, що його наздогнали, були в повітряній обстановці з {t} UTC, за {before} до того",
    ),
    "known_seen_one": text(
        "the drone that caught it was in the air picture by {t} UTC, {before} before",
        "дрон, що його наздогнав, був у повітряній обстановці з {t} UTC, за {before} до того",
    ),
    "known_seen_late": text(
        "of the {drones} that caught it not enough were in the air picture before it was caught",
        "не всі {drones}, що його наздогнали, були в повітряній обстановці до того",
    ),
    "known_seen_late_one": text(
        "the drone that caught it was not in the air picture before",
        "дрона, що його наздогнав, у повітряній обстановці до того не було",
    ),
    "known_nearest": text(
        "the drone that came nearest was in the air picture by {t} UTC",
        "дрон, що підійшов найближче, був у повітряній обстановці з {t} UTC",
    ),
    "known_nearest_never": text(
        "the drone that came nearest was never in the air picture",
        "дрона, що підійшов найближче, у повітряній обстановці не було",
    ),
    "known_alarm": text("CAUTION stood from {t}, {lead} before", "«ОБЕРЕЖНО» діяло з {t}, за {lead} до того"),
    "known_alarm_broken": text(
        "no CAUTION stood when it was caught, though one had from {t}",
        "у ту мить «ОБЕРЕЖНО» не діяло, хоча перед тим діяло з {t}",
    ),
    "known_alarm_late": text(
        "CAUTION came only at {t}, {late} after", "«ОБЕРЕЖНО» з'явилося лише о {t}, через {late} після того"
    ),
    "known_alarm_free": text(
        "CAUTION stood for {dur} in all, first at {t} UTC", "«ОБЕРЕЖНО» діяло загалом {dur}, уперше о {t} UTC"
    ),
    "known_no_alarm": text("no CAUTION was raised", "«ОБЕРЕЖНО» не піднімали"),
    "known_could": text(
        "straight lines through the data at hand showed it from {t}, {lead} before",
        "прямі лінії за наявними даними показували це з {t}, за {lead} до того",
    ),
    "known_could_not": text(
        "straight lines through the data at hand never showed it before",
        "прямі лінії за наявними даними заздалегідь цього не показували",
    ),
    "known_told": text("it was passed on at {t}", "екіпажу передали о {t}"),
    "known_read_back": text("it was read back at {t}", "екіпаж підтвердив о {t}"),
    "known_untold": text("nobody is on record as told", "запису про те, що когось повідомили, немає"),
    "known_blind": text("in the air it was BLIND for {dur}", "у повітрі «НЕ ВИДНО» діяло {dur}"),
    "known_alert": text("the alert for {area} was known from {t} UTC", "про тривогу ({area}) було відомо з {t} UTC"),
    "known_stopped": text(
        "its own positions stopped at {t} and were no longer trusted within {dt}",
        "власні позиції борту припинилися о {t}, довіру до них знято за {dt}",
    ),
    "known_false": text(
        "the false ones from {t} on were held to be false within {dt}", "хибні, що йшли з {t}, визнано хибними за {dt}"
    ),
    "known_false_once": text(
        "the false ones from {t} on were held to be false at once", "хибні, що йшли з {t}, визнано хибними одразу"
    ),
    "helped_free": text(
        "The first way out shown, “{option}”{by}, would have kept it free{until}: flown against the drones as they"
        " came it stays {near} away or more{cost}{more}.",
        "Перший показаний вихід, «{option}»{by}, уберіг би борт{until}: проти дронів, як вони летіли, він скрізь не"
        " ближче ніж {near}{cost}{more}.",
    ),
    "helped_free_far": text(
        "The first way out shown, “{option}”{by}, would have kept it free{until}: flown against the drones as they"
        " came it meets none in the air{cost}{more}.",
        "Перший показаний вихід, «{option}»{by}, уберіг би борт{until}: проти дронів, як вони летіли, він не зустрів"
        " би жодного в повітрі{cost}{more}.",
    ),
    "helped_caught": text(
        "The first way out shown, “{option}”{by}, would not have kept it free: flown against the drones as they came"
        " it is caught all the same{other}{more}.",
        "Перший показаний вихід, «{option}»{by}, не вберіг би борт: проти дронів, як вони летіли, він однаково"
        " потрапляє під наліт{other}{more}.",
    ),
    "helped_unknown": text(
        "The first way out shown was “{option}”{by}; its route was not recorded, so its worth cannot be checked{more}.",
        "Перший показаний вихід: «{option}»{by}; його маршрут не записано, тож перевірити його неможливо{more}.",
    ),
    "helped_other": text("; of the others shown, “{option}” would have", "; з інших показаних уберіг би «{option}»"),
    "helped_no_other": text("; so is every other that was shown", "; так само з усіма іншими показаними"),
    "helped_only_continue": text(
        "No way out but to continue was shown at the first CAUTION{more}.",
        "За першого «ОБЕРЕЖНО» іншого виходу, крім продовжити, не показали{more}.",
    ),
    "helped_none": text(
        "No way out was shown, because no CAUTION was raised{more}.",
        "Виходів не показали, бо «ОБЕРЕЖНО» не піднімали{more}.",
    ),
    "helped_unwatched": text(
        "A sensor that sees drones, which it lacked for {blind} of {up}{lost}; no way out was shown, because no CAUTION"
        " was raised.",
        "Датчик, що бачить дрони: його бракувало {blind} із {up}{lost}; виходів не показали, бо «ОБЕРЕЖНО» не"
        " піднімали.",
    ),
    "helped_lost": text(", and a position that can be believed, for {dt}", ", і позиція, якій можна вірити: {dt}"),
    "by": text(" (decide by {t} UTC)", " (вирішити до {t} UTC)"),
    "cost_both": text(", {dt} later and {far} farther", ", на {dt} пізніше й на {far} довше"),
    "cost_later": text(", {dt} later", ", на {dt} пізніше"),
    "cost_farther": text(", {far} farther", ", на {far} довше"),
    "more_fusion": text(
        "; with perfect fusion it could have been seen coming {dt} earlier than with the data at hand",
        "; за ідеального об'єднання даних це було б видно на {dt} раніше, ніж за наявними даними",
    ),
    "more_silent": text("; had {sensors} not been silent, {dt} earlier", "; якби {sensors} не мовчали, на {dt} раніше"),
    "more_soon": text(
        "; straight lines had shown it {dt} before the CAUTION",
        "; прямі лінії показували це за {dt} до «ОБЕРЕЖНО»",
    ),
    "basis_truth": text(
        "Distances are from the true positions, each second.", "Відстані взято з дійсних положень, щосекунди."
    ),
    "basis_picture": text(
        "Distances are from the air picture, which holds only what sensors saw: the truth is not known.",
        "Відстані взято з повітряної обстановки: у ній лише те, що бачили датчики; дійсні положення невідомі.",
    ),
    "check": text("Check it", "Перевірити"),
}
