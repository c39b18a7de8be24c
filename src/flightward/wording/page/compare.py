"""Two reviews side by side."""

from __future__ import annotations

from collections.abc import Mapping

from flightward.wording.language import Text, text

COMPARE: Mapping[str, Text] = {
    "cmp_title": text("Compared: {a} and {b}", "Порівняння: {a} і {b}"),
    "cmp_h1": text("{a} and {b}, side by side", "{a} і {b} поруч"),
    "cmp_first": text("first", "перший"),
    "cmp_second": text("second", "другий"),
    "cmp_sec_answers": text("The three answers", "Три відповіді"),
    "cmp_sec_figures": text("Figures", "Числа"),
    "cmp_sec_chart": text("Distance to the nearest hostile drone", "Відстань до найближчого ворожого дрона"),
    "cmp_sec_links": text("Who knew what, when: how long before the catch", "Хто що знав і коли: за скільки до події"),
    "cmp_sec_can": text("The earliest possible warning", "Найраніше можливе попередження"),
    "cmp_sec_settings": text("Settings and versions that differ", "Відмінні налаштування та версії"),
    "cmp_no_settings": text("No differences.", "Відмінностей немає."),
    "cmp_no_links": text("Neither has a chain to compare.", "Немає ланцюгів для порівняння."),
    "cmp_caught": text("caught at", "під нальотом о"),
    "cmp_lead": text("lead time of the CAUTION", "запас часу «ОБЕРЕЖНО»"),
    "cmp_nearest": text("nearest hostile drone", "найближчий ворожий дрон"),
    "cmp_most": text("most drones within the raid's limits", "найбільше дронів у межах нальоту"),
    "cmp_caught_for": text("caught for", "під нальотом загалом"),
    "cmp_alarm_for": text("CAUTION or WARNING for", "«ОБЕРЕЖНО» чи «НЕБЕЗПЕКА» загалом"),
    "cmp_alarms": text("runs of alarm", "тривог"),
    "cmp_blind": text("BLIND in the air for", "«НЕ ВИДНО» в повітрі"),
    "cmp_air": text("in the air for", "у повітрі"),
    "cmp_warnings": text("warnings", "попереджень"),
    "cmp_difference": text("difference", "різниця"),
    "cmp_zero": text(
        "0 is the catch (or the closest approach) of each; minutes", "0 – мить події (або зближення) кожного; хвилини"
    ),
    "cmp_reference": text(
        "minutes from the catch or the closest approach", "хвилин від події або найбільшого зближення"
    ),
    "cmp_setting": text("setting or version", "налаштування чи версія"),
    "cmp_report": text("the full review", "повний розбір"),
}
