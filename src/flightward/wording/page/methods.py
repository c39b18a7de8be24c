"""Methods and limits, one sentence each; and what each file beside the page holds."""

from __future__ import annotations

from collections.abc import Mapping

from flightward.wording.language import Text, text

METHODS: Mapping[str, Text] = {
    "m_caught": text(
        "Caught means: in the air, with {n} within {raid} (raid), or one within {lone} (lone), or inside"
        " an active defended zone with a hostile drone within {zone} (zone). On the ground nothing is caught.",
        "«Під нальотом»: у повітрі, коли {n} ближче ніж {raid} (наліт), або один ближче ніж {lone} (окремий),"
        " або борт в активній зоні ППО, а ворожий дрон ближче ніж {zone} (зона). На землі такого не буває.",
    ),
    "m_lead": text(
        "Lead time runs from the start of the unbroken CAUTION or WARNING that stands at the first catch (gaps to 30 s"
        " ignored), at most 30 min.",
        "Запас часу: від початку безперервного «ОБЕРЕЖНО» або «НЕБЕЗПЕКА», що діє в першу мить події (перерви"
        " до 30 с не"
        " рахуються), щонайбільше 30 хв.",
    ),
    "m_distances_truth": text(
        "Distances are computed from the truth of the case, each second.",
        "Відстані обчислено з дійсних положень, щосекунди.",
    ),
    "m_distances_picture": text(
        "Distances are computed from the air picture, which holds only what the sensors saw: a drone that none saw is"
        " not in them.",
        "Відстані обчислено з повітряної обстановки, де є лише те, що бачили датчики: дрона, якого не бачив"
        " жоден, у ній"
        " немає.",
    ),
    "m_path_truth": text("The flight's path is that of the truth.", "Шлях борту: дійсний."),
    "m_path_reports": text(
        "The flight's path is that of its own reports, leaving out positions held to be false.",
        "Шлях борту: за власними повідомленнями, без позицій, визнаних хибними.",
    ),
    "m_path_plan": text(
        "The flight's path is its plan, because nothing else is known.", "Шлях борту: план, бо іншого не відомо."
    ),
    "m_whose": text(
        "Sensor reports carry no name: each is given to the nearest drone within three sigma of its own error (300 m at"
        " least), so a few may be another's.",
        "Повідомлення датчиків безіменні: кожне віднесено до найближчого дрона в межах трьох сигм власної похибки"
        " (щонайменше 300 м), тож окремі можуть бути чужими.",
    ),
    "m_track": text(
        "A drone counts as in the air picture while a hostile track (p of at least one half) stands within 1 km of it"
        " and nearer to it than to any other.",
        "Дрон вважається наявним в обстановці, коли ворожа траса (імовірність від половини) стоїть ближче ніж 1 км від"
        " нього і ближче до нього, ніж до інших.",
    ),
    "m_silent": text(
        "A sensor counts as silent about a drone when for twelve looks (a minute at least) no report of it came though"
        " it stood in the sensor's declared coverage. Ground that hides it is not in the declared coverage's geometry.",
        "Датчик «мовчить» про дрон, якщо за дванадцять оглядів (щонайменше хвилину) про нього не було жодного"
        " повідомлення, хоча він був у заявленій зоні датчика. Рельєф, що його ховає, у зоні не враховано.",
    ),
    "m_heights": text(
        "Heights are above the ellipsoid. “Nearest” on the facts and the map weighs 10 km beside and 1,500 m"
        " above alike.",
        "Висоти над еліпсоїдом. «Найближчий» рахує 10 км убік і 1 500 м угору однаково.",
    ),
    "m_fault": text(
        "This page says what the data show. It assigns no fault, and its advice was advice to a person: Flightward is"
        " not certified avionics.",
        "Сторінка каже те, що показують дані. Вона нікого не звинувачує, а порада була порадою людині: Flightward не є"
        " сертифікованою авіонікою.",
    ),
    "f_flight": text(
        "the flight each second: where it was, and whether in the air", "борт щосекунди: де був і чи в повітрі"
    ),
    "f_distances": text(
        "distances to the nearest hostile drones each second, and whether caught",
        "відстані до найближчих ворожих дронів щосекунди й чи під нальотом",
    ),
    "f_levels": text("levels shown, as spans of time", "показані рівні, відрізками часу"),
    "f_timeline": text("the timeline", "хронологія"),
    "f_links": text("the chain of who knew what, when", "ланцюг: хто що знав і коли"),
    "f_possible": text("the earliest possible warnings", "найраніші можливі попередження"),
    "f_silent": text("sensors that said nothing of these drones", "датчики, що мовчали"),
    "f_reports": text("sensor reports of the drones that mattered", "повідомлення датчиків про ці дрони"),
    "f_warnings": text("the warnings", "попередження"),
    "f_options": text("each option, and what would have come of it", "кожен вихід і що з того вийшло б"),
    "f_drones": text("the hostile drones on the map", "ворожі дрони на карті"),
    "f_loss": text("chances of being caught", "імовірності, що наздоженуть"),
    "f_chance": text("tests of chance or aim", "перевірки: випадок чи прицільно"),
}
