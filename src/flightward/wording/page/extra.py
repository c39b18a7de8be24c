"""Two parts that rest on longer calculations: chances of loss, and chance or aim. Absent, they say so."""

from __future__ import annotations

from collections.abc import Mapping

from flightward.wording.language import Text, text

EXTRA: Mapping[str, Text] = {
    "loss_absent": text(
        "Not computed for this page: the chance that the flight would have been caught, as flown, with one more drone"
        " let through, with a little less luck, and with each piece of advice taken. That it is absent says nothing"
        " about it.",
        "Для цієї сторінки не обчислено: імовірність, що борт наздогнали б, у тому польоті, з іще одним дроном,"
        " з трохи гіршим щастям і за кожною порадою. Те, що її тут немає, нічого про неї не каже.",
    ),
    "loss_intro": text(
        "The chance that the flight would have been caught on days that might have been, and that a drone would have"
        " struck it. It serves the flight's own safety case, per flight and never per weapon.",
        "Імовірність, що борт наздогнали б у дні, які могли бути, і що дрон зіткнувся б із ним. Вона для доказу безпеки"
        " самого борту, а не щодо жодної зброї.",
    ),
    "loss_as_flown": text("as flown", "у тому польоті"),
    "loss_leak": text("had {which} flown on", "якби {which} долетів"),
    "loss_leaks": text("had {n} more flown on", "якби долетіло ще {n}"),
    "loss_luck": text("had courses differed a little", "якби курси трохи різнилися"),
    "loss_advice": text("had it taken “{option}” in time", "якби вчасно виконав «{option}»"),
    "th_loss_case": text("Case", "Випадок"),
    "th_loss_p": text("Caught", "Наздогнано"),
    "th_loss_band": text("95 % band", "Смуга 95 %"),
    "th_loss_n": text("Effective samples", "Ефективних вибірок"),
    "th_loss_struck": text("Struck by a drone", "Зіткнення з дроном"),
    "loss_was": text("it was", "так і було"),
    "loss_was_not": text("it was not", "не було"),
    "loss_note_truth": text(
        "Drones are where they truly were. A lost drone is taken to follow the neighbour that passed nearest and went"
        " on. What air defences do is not in these chances.",
        "Дрони там, де справді були. Утрачений дрон летить далі, як найближчий сусід, що долетів. Дій протиповітряної"
        " оборони ці ймовірності не враховують.",
    ),
    "loss_note_tracks": text(
        "Drones are where the air picture had them, with its errors: one that no sensor saw is in no chance here, and"
        " one that went out of sight looks lost.",
        "Дрони там, де їх бачила повітряна обстановка, з її похибками: дрона, якого не бачив жоден сенсор, тут немає, а"
        " зниклий з поля зору здається втраченим.",
    ),
    "loss_note_leaks": text(
        "Of {of} drones that were lost the {n} that would have mattered most are shown.",
        "З {of} утрачених дронів показано {n} найістотніших.",
    ),
    "loss_note_prior": text(
        "Too few drones to learn their spread from: an assumed one was used.",
        "Дронів замало, щоб оцінити їхній розкид: узято припущений.",
    ),
    "test_share": text("Share of the region in the window", "Частка району в проміжку"),
    "test_ratio": text(
        "{ratio} times the usual ({low} to {high})", "у {ratio} раза від звичайного (від {low} до {high})"
    ),
    "test_headline": text("headline", "головна"),
    "test_hawkes": text("Self-exciting arrivals", "Самозбудні прильоти"),
    "test_launches": text("Launch groups", "Групи запуску"),
    "test_placebo": text("Other windows", "Інші проміжки"),
    "test_raised": text("raised", "зросло"),
    "test_not_shown": text("not shown", "не показано"),
    "th_loss_times": text("Against as flown", "Проти того польоту"),
    "times_as": text("{n} times", "у {n} раза"),
    "chance_absent": text(
        "Not tested for this page: whether the raid rose near the flight more than its own base rate explains. That it"
        " is absent says nothing about it.",
        "Для цієї сторінки не перевірено: чи зріс наліт поблизу борту більше, ніж пояснює його звичайна частота. Те, що"
        " перевірки тут немає, нічого не каже.",
    ),
    "chance_intro": text(
        "Whether the raid rose near the flight more than its own base rate explains. “Not shown” is not “no effect”.",
        "Чи зріс наліт поблизу борту більше, ніж пояснює його звичайна частота. «Не показано» не означає «немає».",
    ),
    "th_test": text("Test", "Перевірка"),
    "th_result": text("Result", "Результат"),
    "th_p": text("p", "p"),
    "th_power": text("Power to see ×2, ×3", "Потужність для ×2, ×3"),
    "th_test_note": text("Note", "Примітка"),
}
