//! Names of the kind that any city of Kazakhstan has, in Kazakh and Russian.

/// A name in two languages.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Name {
    pub(super) kk: String,
    pub(super) ru: String,
}

impl Name {
    pub(super) fn new(kk: &str, ru: &str) -> Name {
        Name { kk: kk.to_owned(), ru: ru.to_owned() }
    }

    /// The street of this name without the word for "street", as people call its stop.
    pub(super) fn short(&self) -> Name {
        let kk = [" көшесі", " даңғылы", " жағалауы"].iter().find_map(|word| self.kk.strip_suffix(word));
        let ru = ["улица ", "проспект ", "набережная "].iter().find_map(|word| self.ru.strip_prefix(word));
        Name::new(kk.unwrap_or(&self.kk), ru.unwrap_or(&self.ru))
    }

    /// Two names as one: a crossing, or a line from one end to the other.
    pub(super) fn and(&self, other: &Name) -> Name {
        let both = |a: &str, b: &str| format!("{a} – {b}");
        Name { kk: both(&self.kk, &other.kk), ru: both(&self.ru, &other.ru) }
    }
}

/// The street with this base (Kazakh) and these words after «улица» (Russian).
pub(super) fn street(nth: usize) -> Name {
    let (kk, ru) = STREETS[nth % STREETS.len()];
    // More streets than names: the second round is numbered, as new districts do.
    let round = match nth / STREETS.len() {
        0 => String::new(),
        round => format!(" {}", round + 1),
    };
    Name { kk: format!("{kk}{round} көшесі"), ru: format!("улица {ru}{round}") }
}

/// How many streets have a name of their own.
pub(super) fn street_count() -> usize {
    STREETS.len()
}

/// Wide streets. The first two cross the river.
pub(super) const AVENUES: [(&str, &str); 8] = [
    ("Сәтбаев даңғылы", "проспект Сатпаева"),
    ("Исатай даңғылы", "проспект Исатая"),
    ("Абай даңғылы", "проспект Абая"),
    ("Азаттық даңғылы", "проспект Азаттык"),
    ("Әуезов даңғылы", "проспект Ауэзова"),
    ("Бейбарыс даңғылы", "проспект Бейбарыса"),
    ("Тәуелсіздік даңғылы", "проспект Тауелсиздик"),
    ("Студенттер даңғылы", "Студенческий проспект"),
];

/// The streets along the river, west and east.
pub(super) const EMBANKMENTS: [(&str, &str); 2] =
    [("Самар жағалауы", "набережная Самар"), ("Шығыс жағалауы", "Восточная набережная")];

/// The river.
pub(super) const RIVER: (&str, &str) = ("Ақжайық", "Акжаик");

/// The bridges, north and south.
pub(super) const BRIDGES: [(&str, &str); 2] =
    [("Орталық көпір", "Центральный мост"), ("Оңтүстік көпір", "Южный мост")];

/// A name in Kazakh and Russian.
type Both = (&'static str, &'static str);

/// Settlements outside the city, with the road that leads there.
pub(super) const SETTLEMENTS: [(Both, Both); 2] = [
    (("Геологтар ауылы", "посёлок Геологов"), ("Геологтар тас жолы", "шоссе Геологов")),
    (("Бірлік ауылы", "посёлок Бирлик"), ("Бірлік тас жолы", "Бирликское шоссе")),
];

/// Letters that tell houses with one number apart.
pub(super) const HOUSE_LETTERS: [&str; 3] = ["А", "Б", "В"];

const STREETS: [(&str, &str); 112] = [
    ("Махамбет", "Махамбета"),
    ("Құрманғазы", "Курмангазы"),
    ("Достық", "Достык"),
    ("Желтоқсан", "Желтоксан"),
    ("Төле би", "Толе би"),
    ("Қазыбек би", "Казыбек би"),
    ("Әйтеке би", "Айтеке би"),
    ("Жамбыл", "Жамбыла"),
    ("Абылай хан", "Абылай хана"),
    ("Кенесары хан", "Кенесары хана"),
    ("Бөгенбай батыр", "Богенбай батыра"),
    ("Қабанбай батыр", "Кабанбай батыра"),
    ("Наурызбай батыр", "Наурызбай батыра"),
    ("Сырым Датұлы", "Сырыма Датулы"),
    ("Шоқан Уәлиханов", "Шокана Уалиханова"),
    ("Ыбырай Алтынсарин", "Ыбырая Алтынсарина"),
    ("Сәкен Сейфуллин", "Сакена Сейфуллина"),
    ("Бейімбет Майлин", "Беимбета Майлина"),
    ("Ілияс Жансүгіров", "Ильяса Жансугурова"),
    ("Мағжан Жұмабаев", "Магжана Жумабаева"),
    ("Ахмет Байтұрсынұлы", "Ахмета Байтурсынулы"),
    ("Міржақып Дулатұлы", "Миржакыпа Дулатулы"),
    ("Әлихан Бөкейхан", "Алихана Бокейхана"),
    ("Мұқағали Мақатаев", "Мукагали Макатаева"),
    ("Бауыржан Момышұлы", "Бауыржана Момышулы"),
    ("Әлия Молдағұлова", "Алии Молдагуловой"),
    ("Мәншүк Мәметова", "Маншук Маметовой"),
    ("Талғат Бигелдинов", "Талгата Бегельдинова"),
    ("Қажымұқан", "Кажымукана"),
    ("Дина Нұрпейісова", "Дины Нурпеисовой"),
    ("Шәмші Қалдаяқов", "Шамши Калдаякова"),
    ("Нұрғиса Тілендиев", "Нургисы Тлендиева"),
    ("Ахмет Жұбанов", "Ахмета Жубанова"),
    ("Әлкей Марғұлан", "Алькея Маргулана"),
    ("Әл-Фараби", "Аль-Фараби"),
    ("Қорқыт ата", "Коркыт ата"),
    ("Асан қайғы", "Асан кайгы"),
    ("Бұқар жырау", "Бухар жырау"),
    ("Шалкиіз жырау", "Шалкииз жырау"),
    ("Мұрат Мөңкеұлы", "Мурата Монкеулы"),
    ("Сарайшық", "Сарайшык"),
    ("Алтын Орда", "Алтын Орда"),
    ("Ақ Орда", "Ак Орда"),
    ("Жібек жолы", "Жибек жолы"),
    ("Нұрлы жол", "Нурлы жол"),
    ("Алаш", "Алаш"),
    ("Каспий", "Каспийская"),
    ("Мұнайшылар", "Нефтяников"),
    ("Геологтар", "Геологов"),
    ("Құрылысшылар", "Строителей"),
    ("Теміржолшылар", "Железнодорожников"),
    ("Балықшылар", "Рыбаков"),
    ("Мұғалімдер", "Учителей"),
    ("Дәрігерлер", "Врачей"),
    ("Энергетиктер", "Энергетиков"),
    ("Көктем", "Коктем"),
    ("Жастар", "Молодёжная"),
    ("Мектеп", "Школьная"),
    ("Бақша", "Садовая"),
    ("Гүлдер", "Цветочная"),
    ("Шаттық", "Шаттык"),
    ("Береке", "Береке"),
    ("Бірлік", "Бирлик"),
    ("Ынтымақ", "Ынтымак"),
    ("Самал", "Самал"),
    ("Жұлдыз", "Жулдыз"),
    ("Арман", "Арман"),
    ("Болашақ", "Болашак"),
    ("Көкжиек", "Кокжиек"),
    ("Сарыарқа", "Сарыарка"),
    ("Алатау", "Алатау"),
    ("Тарбағатай", "Тарбагатай"),
    ("Хан Тәңірі", "Хан Тенгри"),
    ("Ертіс", "Иртыш"),
    ("Есіл", "Ишим"),
    ("Ойыл", "Уил"),
    ("Жем", "Эмба"),
    ("Ақсай", "Аксай"),
    ("Мерей", "Мерей"),
    ("Таң", "Тан"),
    ("Жайлау", "Жайлау"),
    ("Бәйтерек", "Байтерек"),
    ("Отырар", "Отрар"),
    ("Түркістан", "Туркестан"),
    ("Сығанақ", "Сыганак"),
    ("Маңғыстау", "Мангистау"),
    ("Үстірт", "Устюрт"),
    ("Нарын", "Нарын"),
    ("Балқаш", "Балхаш"),
    ("Бурабай", "Бурабай"),
    ("Баянауыл", "Баянаул"),
    ("Қарқаралы", "Каркаралы"),
    ("Ұлытау", "Улытау"),
    ("Көкшетау", "Кокшетау"),
    ("Жетісу", "Жетысу"),
    ("Қызғалдақ", "Кызгалдак"),
    ("Раушан", "Раушан"),
    ("Терек", "Тополиная"),
    ("Жиде", "Жиде"),
    ("Алма", "Яблоневая"),
    ("Дала", "Степная"),
    ("Су", "Водная"),
    ("Өзен", "Речная"),
    ("Шағала", "Чайка"),
    ("Аққу", "Аккуская"),
    ("Қарлығаш", "Ласточкина"),
    ("Бүркіт", "Беркут"),
    ("Тұлпар", "Тулпар"),
    ("Айқын", "Айкын"),
    ("Нұрсая", "Нурсая"),
    ("Жеңіс", "Победы"),
    ("Бейбітшілік", "Мира"),
];

/// Something that everybody knows: its name, its tag, and where it would like to be, in metres east of
/// the river's middle and north of the centre.
pub(super) struct Known {
    pub(super) name: (&'static str, &'static str),
    pub(super) tag: (&'static str, &'static str),
    pub(super) wish: (f64, f64),
}

const fn known(
    kk: &'static str,
    ru: &'static str,
    key: &'static str,
    value: &'static str,
    east: f64,
    north: f64,
) -> Known {
    Known { name: (kk, ru), tag: (key, value), wish: (east, north) }
}

/// What the sample city is known by.
pub(super) const LANDMARKS: [Known; 34] = [
    known("Орталық базар", "Центральный базар", "amenity", "marketplace", -1_150.0, 650.0),
    known("Теміржол вокзалы", "Железнодорожный вокзал", "railway", "station", 2_700.0, 900.0),
    known("Автобекет", "Автовокзал", "amenity", "bus_station", -1_500.0, -1_550.0),
    known("Облыстық аурухана", "Областная больница", "amenity", "hospital", 1_300.0, 1_900.0),
    known("Қалалық емхана", "Городская поликлиника", "amenity", "clinic", -2_300.0, 1_500.0),
    known("Университет", "Университет", "amenity", "university", -900.0, 1_950.0),
    known("Политехникалық колледж", "Политехнический колледж", "amenity", "college", 1_700.0, -600.0),
    known("Қала әкімдігі", "Городской акимат", "amenity", "townhall", -450.0, 150.0),
    known("Драма театры", "Драматический театр", "amenity", "theatre", -420.0, 1_050.0),
    known("Облыстық кітапхана", "Областная библиотека", "amenity", "library", -700.0, -500.0),
    known("Тарихи-өлкетану музейі", "Историко-краеведческий музей", "tourism", "museum", 480.0, 450.0),
    known("Орталық стадион", "Центральный стадион", "leisure", "stadium", 900.0, -1_200.0),
    known("Жеңіс саябағы", "Парк Победы", "leisure", "park", 800.0, 1_000.0),
    known("Орталық мешіт", "Центральная мечеть", "amenity", "place_of_worship", -1_700.0, 300.0),
    known("«Самал» сауда үйі", "Торговый дом «Самал»", "shop", "mall", 1_250.0, 500.0),
    known("«Байтерек» сауда орталығы", "Торговый центр «Байтерек»", "shop", "mall", -1_900.0, -900.0),
    known(
        "Халыққа қызмет көрсету орталығы",
        "Центр обслуживания населения",
        "office",
        "government",
        1_000.0,
        100.0,
    ),
    known("Бас пошта", "Главпочтамт", "amenity", "post_office", -600.0, 700.0),
    known("Мұнай зауыты", "Нефтезавод", "landuse", "industrial", 2_000.0, -2_600.0),
    known("Кеме жөндеу зауыты", "Судоремонтный завод", "landuse", "industrial", -900.0, -2_900.0),
    known("Шығыс базары", "Восточный базар", "amenity", "marketplace", 3_300.0, -300.0),
    known("«Дәмді» азық-түлік дүкені", "Продукты «Дамди»", "shop", "supermarket", -2_900.0, 600.0),
    known("«Береке» дүкені", "Магазин «Береке»", "shop", "convenience", 2_000.0, 2_600.0),
    known("№ 1 дәріхана", "Аптека № 1", "amenity", "pharmacy", -1_000.0, 100.0),
    known("№ 7 дәріхана", "Аптека № 7", "amenity", "pharmacy", 1_900.0, 1_300.0),
    known("№ 3 мектеп", "Школа № 3", "amenity", "school", -1_300.0, 1_300.0),
    known("№ 12 мектеп", "Школа № 12", "amenity", "school", -3_300.0, -600.0),
    known("№ 17 мектеп", "Школа № 17", "amenity", "school", 2_200.0, 200.0),
    known("№ 24 мектеп", "Школа № 24", "amenity", "school", 900.0, -2_900.0),
    known("№ 31 мектеп", "Школа № 31", "amenity", "school", -2_300.0, -2_500.0),
    known("№ 5 балабақша", "Детский сад № 5", "amenity", "kindergarten", -3_000.0, 1_700.0),
    known("№ 18 балабақша", "Детский сад № 18", "amenity", "kindergarten", 3_000.0, 1_700.0),
    known("Балалар ауруханасы", "Детская больница", "amenity", "hospital", -2_600.0, -300.0),
    known("Су айдыны паркі", "Парк у воды", "leisure", "park", -600.0, 2_800.0),
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn no_two_streets_share_a_name() {
        let names: HashSet<String> = (0..2 * street_count()).map(|nth| street(nth).kk).collect();
        assert_eq!(names.len(), 2 * street_count());
        let russian: HashSet<String> = (0..street_count()).map(|nth| street(nth).ru).collect();
        assert_eq!(russian.len(), street_count());
        assert!(AVENUES.iter().all(|(kk, _)| !names.contains(*kk)));
    }

    #[test]
    fn a_stop_leaves_the_word_street_out() {
        assert_eq!(street(0).short(), Name::new("Махамбет", "Махамбета"));
        assert_eq!(Name::new("Абай даңғылы", "проспект Абая").short(), Name::new("Абай", "Абая"));
        assert_eq!(street(0).and(&street(2)).short().kk, "Махамбет көшесі – Достық");
    }
}
