"""What is wrong with a live source, and what to do next: a sentence a code of feeds/live/findings.py."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

TO_DO: Mapping[str, Mapping[str, str]] = {
    "good": {"en": "good: {n} messages", "uk": "добре: повідомлень {n}"},
    "no_host": {
        "en": "The name in {address} is not known here: correct it, or give the number.",
        "uk": "Ім'я в {address} тут невідоме: виправте його або дайте числову адресу.",
    },
    "refused": {
        "en": "Nothing listens at {address}: start the program there, or correct host and port.",
        "uk": "За адресою {address} ніхто не слухає: запустіть там програму або виправте адресу й порт.",
    },
    "unreachable": {
        "en": "No answer from {address}: check the network, the address and the firewalls between.",
        "uk": "Немає відповіді від {address}: перевірте мережу, адресу та мережеві екрани.",
    },
    "certificate": {
        "en": "TLS with {address} fails ({error}): check ca, cert and key, and the name in the certificate.",
        "uk": "TLS з {address} не вдається ({error}): перевірте ca, cert, key та ім'я в сертифікаті.",
    },
    "login": {
        "en": "{address} refuses the login: check ?user= and FLIGHTWARD_MQTT_PASSWORD.",
        "uk": "{address} відхиляє вхід: перевірте ?user= та FLIGHTWARD_MQTT_PASSWORD.",
    },
    "closed": {
        "en": "{address} closes the connection: it may take no more clients, or not this machine.",
        "uk": "{address} закриває з'єднання: можливо, забагато клієнтів або ця машина не дозволена.",
    },
    "no_connection": {
        "en": "No connection to {address} yet ({error}).", "uk": "З'єднання з {address} ще немає ({error}).",
    },
    "silent": {
        "en": "{address} is connected and says nothing: check its antenna or feed, and that this port sends.",
        "uk": "{address} з'єднано, але мовчить: перевірте антену чи джерело і що цей порт передає.",
    },
    "silent_port": {
        "en": "Nothing comes to {address}: check the sender's address and port, the group and ?interface=, firewalls.",
        "uk": "На {address} нічого не надходить: перевірте адресу й порт відправника, групу, ?interface=, екрани.",
    },
    "no_sensor_yet": {
        "en": "No sensor has connected to {address}: give the sensors this machine's address and port.",
        "uk": "До {address} не під'єднався жоден сенсор: задайте сенсорам адресу й порт цієї машини.",
    },
    "unreadable": {
        "en": "{n} bytes came from {address}, and none could be read: it may be another format.",
        "uk": "З {address} надійшло {n} байтів, жодного не прочитано: можливо, інший формат.",
    },
    "other_format": {
        "en": "{n} bytes came from {address}, and none could be read; they look like {format}: say {other}://.",
        "uk": "З {address} надійшло {n} байтів, не прочитано; схоже на {format}: вкажіть {other}://.",
    },
    "key": {
        "en": "{address} does not take the key ({error}): set {variable}.",
        "uk": "{address} не приймає ключ ({error}): задайте {variable}.",
    },
    "too_often": {
        "en": "{address} is asked too often: give a longer ?period=.",
        "uk": "{address} запитується надто часто: задайте довший ?period=.",
    },
    "answer": {
        "en": "{address} does not answer as it should ({error}): check the path, or wait until the service is mended.",
        "uk": "{address} відповідає не так ({error}): перевірте шлях або зачекайте, доки сервіс полагодять.",
    },
    "no_reports": {
        "en": "Messages come, and none gives a report: most are kept aside as {reason} ({n}; docs/feeds.md).",
        "uk": "Повідомлення є, але жодне не дає доповіді: більшість відкладено як {reason} ({n}; docs/feeds.md).",
    },
    "no_such_sensor": {
        "en": "Its radars are no sensors here ({who}): name them in sensors = {{...}} of the feed.",
        "uk": "Його радари не задані як сенсори ({who}): назвіть їх у sensors = {{...}} цього feed.",
    },
    "needs_reference": {
        "en": "Positions cannot be placed yet ({reason}): give the feed a sensor with its place, or wait.",
        "uk": "Положення ще не визначити ({reason}): задайте feed сенсор з координатами або зачекайте.",
    },
    "clock_ahead": {
        "en": "The clock of {who} is {seconds:.1f} s ahead of this machine's: set both by NTP or GPS.",
        "uk": "Годинник {who} випереджає цю машину на {seconds:.1f} с: синхронізуйте обидва за NTP або GPS.",
    },
    "clock_zone": {
        "en": "The clock of {who} is in another time zone: give the feed utc_offset_s = {offset_s}.",
        "uk": "Годинник {who} в іншому часовому поясі: задайте utc_offset_s = {offset_s}.",
    },
    "late": {
        "en": "Messages of {who} come {seconds:.1f} s late: a slow line, or its clock is behind.",
        "uk": "Повідомлення {who} запізнюються на {seconds:.1f} с: повільна лінія або годинник відстає.",
    },
    "own_clock": {
        "en": "All {n} clocks are ahead by the same {seconds:.1f} s: this machine's is behind; set it by NTP.",
        "uk": "Усі {n} годинники випереджають однаково, на {seconds:.1f} с: відстає ця машина; налаштуйте NTP.",
    },
    "overrun": {
        "en": "{address} sends more than can be read; some was dropped and counted.",
        "uk": "{address} передає більше, ніж вдається прочитати; частину відкинуто й пораховано.",
    },
}  # fmt: skip


def to_do(code: str, values: Mapping[str, Any], language: str = "en") -> str:
    """The sentence of a code."""
    return TO_DO[code][language].format(**values)
