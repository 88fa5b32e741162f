# Каждое слово, которое читает пассажир. Сообщение с ✎ ждёт носителя языка.

app-name = Jol
# ✎
sample-city = Город-образец. Это не расписание какого-либо города.

## Оплата
paid = Оплачено: { $sum } ₸. Билет готов.
# ✎
free-ride = Бесплатная поездка отмечена. Билет готов.
# ✎
already-paid = Эта поездка уже оплачена. Второй раз не спишем.
one-more = Ещё один пассажир
# ✎
not-paid = Не оплачено. Деньги не списаны.
not-known-yet = Пока неизвестно. Ждём ответа. Не платите второй раз.
# ✎
not-known-at-check = Покажите контролёру этот экран. Запрос на оплату: { $time }
pay-button = Оплатить { $sum } ₸
call = Позвоните: { $phone }

## Отказы: причина, затем что делать
decline-corporate-line = С корпоративного номера оплатить нельзя. Выберите другой способ.
# ✎
decline-trust-credit = Есть долг по услуге «{ $service }». Погасите его и повторите.
# ✎
decline-no-top-up = С момента покупки номер не пополняли. Пополните и повторите.
# ✎
decline-starting-balance = Стартовый баланс не потрачен. Потратьте его и пополните номер.
# ✎
decline-sim-replaced = SIM-карту недавно заменили. Оплата снова доступна: { $time }.
# ✎
decline-carrier-absent = Ваш оператор связи не участвует. Выберите другой способ.
# ✎
decline-no-money = Недостаточно денег. Пополните баланс или выберите другой способ.
# ✎
decline-over-limit = Лимит исчерпан. Выберите другой способ.
# ✎
decline-fare-changed = Стоимость изменилась. Проверьте сумму и нажмите ещё раз.
# ✎
decline-unknown-bus = Такого автобуса нет. Проверьте номер на борту.
# ✎
decline-run-closed = Этот автобус закончил рейс. Деньги не списаны.
# ✎
decline-way-not-taken = В этом автобусе так оплатить нельзя. Выберите другой способ.
# ✎
decline-too-late = Запрос пришёл слишком поздно. Деньги не списаны, оплатите снова.
# ✎
decline-category-not-held = Ваша карта не даёт этой категории. Выберите другую карту.
# ✎
decline-terms-not-accepted = Условия изменились. Прочтите и примите их, затем оплатите.
# ✎
decline-app-too-old = Чтобы платить, обновите приложение. Билеты показываются и так.
# ✎
decline-try-later = У перевозчика неполадки. Повторите через минуту.

## Билеты
# ✎
show-it = Покажите контролёру или водителю
valid-to-terminus = Действует в этом автобусе до конечной
# ✎
valid-on-next = Автобус сломался. Билет действует в следующем: { $bus }
valid-to-stop = Действует до остановки «{ $stop }»
# ✎
valid-until = Действует до: { $time }
# ✎
ticket-ended = Поездка закончена
# ✎
ticket-refunded = Деньги возвращены
# ✎
ticket-replaced = Билет заменён другим
# ✎
ticket-elsewhere = Этот билет на другом телефоне. Его можно перенести сюда.
# ✎
ticket-coming = Билет переносится на этот телефон.
# ✎
ticket-received = Оплачено попутчиком
# ✎
sent-waits = Ждём ответа оператора
# ✎
sent-ready = Покажите этот код другому телефону
line-and-bus = Маршрут { $line } · автобус { $bus }
# ✎
minutes-since = Оплачено { $minutes } мин назад

## Поиск автобуса
which-bus = В каком вы автобусе?
# ✎
not-this-bus = Не тот автобус? Исправить можно ещё { $n } с.
# ✎
sighting-too-early = Ищем ваш автобус…
# ✎
sighting-two-alike = Два автобуса слишком близко. Выберите свой.
# ✎
sighting-silent = Ваш автобус не сообщает о себе. Сканируйте код или введите номер.
# ✎
sighting-stale = Данные об автобусах устарели. Сканируйте код или введите номер.
# ✎
sighting-mocked = Положение телефона подменено. Сканируйте код в автобусе.
# ✎
sighting-no-fixes = Положение неизвестно. Сканируйте код в автобусе или введите номер.

## Категории
category-standard = Взрослый
category-child = Ребёнок
category-school = Школьник
category-student = Студент
category-senior = Пенсионер
category-disabled = Человек с инвалидностью
category-veteran = Ветеран
category-large-family = Многодетная семья

## Маршруты
walk = Пешком { $metres } м
walk-to = Пешком { $metres } м до: { $place }
ride = Маршрут { $line } в сторону: { $headsign }
# ✎
stay-seated = Не выходите: дальше это маршрут { $line } в сторону: { $headsign }
# ✎
walking-estimated = Улиц здесь нет на карте: путь пешком оценён приблизительно.
# ✎
no-service-now = Сейчас автобусов нет. Первый: { $time }.
# ✎
no-journey = Маршрут не найден.
# ✎
outside-timetable = Расписание действует с { $first } по { $last }.
# ✎
every = каждые { $minutes } мин
# ✎
stops-between =
    { $n ->
        [one] { $n } остановка между ними
        [few] { $n } остановки между ними
       *[other] { $n } остановок между ними
    }
journey-sum =
    { $n ->
        [one] { $minutes } мин, { $n } поездка, пешком { $metres } м
        [few] { $minutes } мин, { $n } поездки, пешком { $metres } м
       *[other] { $minutes } мин, { $n } поездок, пешком { $metres } м
    }
# ✎
halt-call-operator = { $stop }: остановка по требованию. Позвоните оператору заранее.
# ✎
halt-ask-driver = { $stop }: остановка по требованию. Скажите водителю.
live = сейчас
timetable = по расписанию
# ✎
not-coming = уже не придёт
today = сегодня
tomorrow = завтра

## Вход, карты, пополнение
# ✎
office-only = Эту карту выдают только в офисе: { $office }. Часы: { $hours }.
bring = Возьмите с собой: { $documents }
# ✎
topped-up = На карте { $sum } ₸. Без комиссии.
# ✎
waiting-for-bank = Ждём подтверждения банка.
# ✎
bank-card-asked = Запрашиваем страницу банка…
# ✎
bank-card-at-bank = Привяжите карту на странице банка. Её номер остаётся в банке.
# ✎
bank-card-linked = Банковская карта привязана. Ею можно платить.
# ✎
bank-card-refused = Банковская карта не привязана. Можно попробовать ещё раз.

## Что пошло не так
# ✎
error-wrong-code = Неверный код. Осталось попыток: { $n }.
# ✎
error-code-expired = Код устарел. Запросите новый.
# ✎
error-bad-number = Проверьте номер телефона или адрес почты.
# ✎
error-unknown-card = Карты с таким номером нет. Проверьте цифры.
# ✎
error-bad-sum = Выберите сумму от { $least } до { $most } ₸.
# ✎
error-sum = Выберите другую сумму.
# ✎
error-office-only = Эту карту выдают только в офисе.
# ✎
error-unknown-provider = Так пополнить здесь нельзя.
# ✎
error-unreachable = Нет ответа от перевозчика. Проверьте сеть; мы пробуем ещё.
# ✎
error-not-signed-in = Сначала войдите.
# ✎
error-ride-over = Поездка завершена.
# ✎
error-not-on-ticket = Этих пассажиров нет в билете.
# ✎
error-other-phone = Этот билет для другого телефона.
# ✎
error-terms = Сначала примите условия.
# ✎
error-no-city = Сначала выберите город.
# ✎
error-refused = Перевозчик отклонил запрос ({ $code }).
# ✎
error-damaged-pack = Файл города повреждён. Он будет загружен заново.
# ✎
error-damaged-wallet = Файл кошелька повреждён. Он отложен, ничего не стёрто.
# ✎
error-newer-wallet = Кошелёк записан более новым приложением. Обновите приложение.
# ✎
error-disk = Память телефона заполнена или недоступна. Освободите место.
# ✎
error-not-a-code = Это не код перевозчика.
# ✎
error-bad-signature = Код не подлинный.
# ✎
error-no-device-key = Ключ телефона не готов. Войдите ещё раз.
# ✎
error-not-found = С таким номером ничего нет.
# ✎
error-place = Место не найдено. Проверьте написание.
# ✎
error-too-many = В билете не больше { $most } пассажиров.
# ✎
error-way = Выберите другой способ оплаты.
# ✎
error-internal = Внутренняя ошибка. Ничего из сохранённого не потеряно.

## Вердикты контролёра
verdict-valid = Действителен
verdict-not-valid = Недействителен
# ✎
verdict-cannot-tell = Проверить нельзя
# ✎
reason-not-a-ticket = Это не билет.
# ✎
reason-unknown-version = Формат билета неизвестен. Обновите приложение.
# ✎
reason-unknown-key = Билет выдан не этим перевозчиком.
# ✎
reason-bad-signature = Подпись билета неверна.
# ✎
reason-not-yet-valid = Билет ещё не действует.
# ✎
reason-ended = Поездка уже закончена.
# ✎
reason-no-ride-left = В ваучере меньше поездок (поездок: { $rides }).
# ✎
reason-boards-later = По телефону поездка начнётся позже.
# ✎
reason-wrong-terminal = Терминал автобуса не показывал этот код.
# ✎
reason-revoked = Перевозчик отозвал билет.
# ✎
reason-replaced = Билет заменён другим.
# ✎
reason-wrong-vehicle = Билет оплачен в другом автобусе: { $bus }
# ✎
reason-wrong-challenge = Код не отвечает на запрос.
# ✎
reason-wrong-slot = Код показан в другое время (секунд: { $age }).
# ✎
reason-seen-before = Этот билет уже показывали в этой проверке.
# ✎
reason-time-unknown = Время неизвестно: свяжитесь с перевозчиком.
# ✎
reason-keys-too-old = Ключи устарели: свяжитесь с перевозчиком.
# ✎
reason-device-not-proven = Телефон не подтверждён: билет мог быть скопирован.
# ✎
fact-bought-after = Куплен после начала проверки.
# ✎
fact-time-by-phone = Время посадки — по телефону пассажира.
# ✎
fact-unattested = Платформа не подтвердила ключ телефона.
# ✎
fact-answered-challenge = Ответил на запрос контролёра.
# ✎
fact-continued = Пересадка со сломавшегося автобуса.
# ✎
fact-no-status-list = Нет списка отозванных билетов.

## Способы оплаты
way-app = в приложении
way-bus-qr = код в автобусе
way-nfc = телефон у терминала
way-bluetooth = Bluetooth
way-sms = SMS
way-messenger = мессенджер
way-smart-card = транспортная карта
way-qr-card = карта с кодом
way-bank-card = банковская карта
way-cash = наличные
source-phone-balance = баланс телефона
source-smart-card = транспортная карта
source-bank-card = банковская карта

## Поездка в пути
# ✎
trip-cancelled = Маршрут { $line } в { $time } не пойдёт. Поищите другой путь.
# ✎
passes-by = Сегодня автобус проезжает { $stop } без остановки.
# ✎
missed-transfer = На маршрут { $line } не успеть: не хватает { $minutes } мин.

## Сохранённые места и поездки
home = Дом
work = Работа
# ✎
planned-at = Составлено: { $time }
# ✎
refresh-failed = Не удалось обновить: { $time }. Показано как было.
# ✎
saved-outside = Расписание на телефоне уже не охватывает этот день.
# ✎
saved-no-timetable = Расписания этого города нет на телефоне.

## Что сообщает перевозчик
# ✎
notice-no-service = Движения нет
# ✎
notice-reduced-service = Автобусов меньше обычного
# ✎
notice-delays = Большие задержки
# ✎
notice-detour = Объезд
# ✎
notice-additional-service = Автобусов больше обычного
# ✎
notice-modified-service = Изменения в движении
# ✎
notice-stop-moved = Остановка перенесена
# ✎
notice-accessibility = Безбарьерный доступ ограничен
# ✎
notice-other = Сообщение перевозчика
