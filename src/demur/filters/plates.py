"""The licence plates of the member states of the European Union, as data: forms, district codes and cue words.

A plate has no check digit and looks like a flight, a model or a price tag. What tells it apart is its form (signs
between letters and digits, a district that exists), the language of the text, and words beside it. `Evidence` says
what each form needs; capitals are evidence of their own, since people write plates as they see them, but seldom
``ab 100 km``. Forms are in lower case and meant for folded text: one dash, one space, the middle dot as a full stop,
Cyrillic and Greek letters of plates as the Latin ones that they look like.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from demur.filters.folding import folded_words


class Evidence(StrEnum):
    """What a form needs to count as a plate.

    Nothing else; a text in a language of its country, or a word about vehicles; such a word; a word for a plate.
    """

    FORM = "form"
    COUNTRY = "country"
    VEHICLE = "vehicle"
    CUE = "cue"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plate:
    """One way of writing a plate: a pattern of literals, classes, groups, alternatives and counts.

    `evidence` holds for any case, `in_capitals` where all its letters are capitals. A word that goes on at either end
    makes it another thing; so does ``-`` or ``/`` with a letter or digit behind it.
    """

    country: str
    name: str
    languages: tuple[str, ...]
    written: str
    evidence: Evidence
    in_capitals: Evidence
    source: str


# ------------------------------------------------------------------------------------------------------------- patterns
_ALPHABET: Final = "abcdefghijklmnopqrstuvwxyz"


def _class(letters: Iterable[str]) -> str:
    """Match one of some letters; three neighbours or more are written as a range."""
    runs: list[str] = []
    for letter in sorted(set(letters)):
        if runs and ord(letter) == ord(runs[-1][-1]) + 1:
            runs[-1] += letter
        else:
            runs.append(letter)
    ranges = [run if len(run) <= len("ab") else f"{run[0]}-{run[-1]}" for run in runs]
    return ranges[0] if len("".join(ranges)) == 1 else f"[{''.join(ranges)}]"


def _one_of(words: Sequence[str]) -> str:
    """Match one of some words, sharing their beginnings: one step per letter, however many words there are."""
    firsts = sorted({word[0] for word in words if word})
    rests = {first: frozenset(word[1:] for word in words if word[:1] == first) for first in firsts}
    branches = [
        _class(first for first in firsts if rests[first] == rest) + (_one_of(sorted(rest)) if rest != {""} else "")
        for rest in dict.fromkeys(rests.values())
    ]
    group = branches[0] if len(branches) == 1 and "" not in words else f"(?:{'|'.join(branches)})"
    return f"{group}?" if "" in words else group


def _codes(text: str) -> str:
    return _one_of(folded_words(text.split()))


def _letters(count: int, refused: str = "", alphabet: str = _ALPHABET) -> str:
    """Match that many letters, but none of the refused words."""
    words = {word for word in refused.split() if len(word) == count}
    return _free(count, words, alphabet)


def _free(count: int, refused: set[str], alphabet: str) -> str:
    rests: dict[frozenset[str], list[str]] = {}
    for letter in alphabet:
        rests.setdefault(frozenset(word[1:] for word in refused if word[0] == letter), []).append(letter)
    branches = []
    for rest, firsts in rests.items():
        if count == 1:
            branches += [_class(firsts)] if not rest else []
        elif rest:
            branches.append(_class(firsts) + _free(count - 1, set(rest), alphabet))
        else:
            branches.append(f"{_class(firsts)}{_class(alphabet)}{{{count - 1}}}")
    return branches[0] if len(branches) == 1 else f"(?:{'|'.join(branches)})"


# What follows a number as a unit, an ordinal, a month or a currency.
_UNITS: Final = (
    "km kg cm mm ml cl dl hl mg gb mb tb kb hz db cv ps hp kw mw gw st nd rd th am pm px ft lb kr kc tv mq mt hr hs "
    "ma ad"
)
_WORDS: Final = (
    "kmh mph rpm mhz ghz khz kwh kwp mah gps dvd btc eth eur usd gbp chf sek dkk nok huf ron pln czk bgn hrk pcs "
    "pts kms mts grs hrs pls pkt stk str jpy cny mwh gwh mld mln mrd bpm fps dpi ppm jan feb mar mrt apr mai may "
    "maj jun iun jul iul aug avg sep okt oct nov dec dez det ian ani lei zile uhr day min mio mil iso din usb ssd "
    "hdd cpu gpu ram tcp udp hdr led fak www utc gmt cet cest dab mig vol nro bis max und the and for par pro per "
    "ist bmw ice lte gtx rtx gti tdi uno usa ufc kia vfb hsv psg iii "
    # What a number names behind it: rooms, lines, pages, parts.
    "ccm ccs sal bus rum tog zug let fly lot ste tel gsm fax apt app kap art sid pag rev ver mod typ ref set lvl top "
    "lin tab fig vol bmx cap abs par obj kod cod num arr seq err app"
)
# Words of two and three letters that stand beside a number in a sentence.
_COMMON_WORDS: Final = (
    "ban ben ból ből tól től nak nek hoz hez höz nál nél kor val vel ra re ig ért "
    "the and for was has had but not all any can out off own one two six ten new old our his her its who why how did "
    "get got let per via far few yet too now day see say may use men way age top low big bad end try run set put due "
    "ago is it in on of to by at an as my we he so up no do go us am or if der die das den dem des ein mit von für "
    "bei bis auf aus vor nur und ist war hat ich sie wir ihr man uns gut neu alt mal was wer wie zum zur als ca ab im "
    "er es um da ja zu ob wo les des une par sur pas que qui son ses mes tes est ont aux ans non oui car cet mon ton "
    "nos vos dix six le la un et en au du de ce se sa ma ta si ou on il je tu ne y à los las una uno por con sin que "
    "del fue hay mas muy mis tus sus ese año dos día dio iba el al lo me te mi tu su ya va uma com por sem não são "
    "foi mas seu sua ano tem era nas mil os um em ou eu se às dei per gli che sul dal nel tra fra mio tuo suo sei due "
    "tre ora poi più mai mie dai di da in ha ho gl lo al het een van met aan uit dat dan nog als wie ook tot toe per "
    "uur te ze je ik wij nu och att det som ett har var för kan ska men min din hur när vid upp ner två tre sex jag "
    "vi ni du är på av til fra ved med dig sig jeg syv fem tre pga af og en et er om oli kun jos sen nyt vai yli ali "
    "ain ole siis mut ei se ja on jo see kui kas kes mis aga iga kuu üks ka ta ma sa me te et või oma kas bet par pie "
    "bez lai nav jau tad tas gan un ar no uz es tu pēc zem aiz ap līdz kam man tev mēs jūs yra kad kai nuo iki jau "
    "tai jis jie dar gal kur ir su po už aš nie jak dla bez nad pod już juz czy ale ten tam był jest raz sto pan sam "
    "mam od do za na po we ze to ta ale pro než kdy kde byl aby tak dva tri pri ako pre ani keď som bol rok ve ke se "
    "si já my vy už je ak ali sem bil kaj kdo sto kad kod što nas vas gde ili iza oko će će bi li mi ti sa iz ni ki "
    "pa egy két hat hét hét nem meg már ide oda ezt azt ami aki tíz az ez ha is ki be le fel din cel cea cei sau mai "
    "dar pot ani lei doi sub era fac nou cu la pe ca ce nu da ach mar iad bhí seo sin gan tar atá cad an na ar is go "
    "do mo tá sé sí tal mal fil bil kif fuq dan hux sal ta il ma xi hi και τον την έχω μου του στο στη για με να θα "
    "το τα τι със ако тук сме нов във той тя на от за до се ме ми ни в с"
)
_COMMON: Final = " ".join(folded_words(_COMMON_WORDS.split()))
_AFTER_GERMAN: Final = " der die das ein von mit hat war aus bei zum zur auf vor"
_GAP: Final = r"[ .-]?"
_DASH: Final = "(?:-| - )"

# ------------------------------------------------------------------------------------------------------- district codes
# Unterscheidungszeichen in force and renewed (FZV annex 1), of former districts still on the road, and official ones.
GERMAN: Final = (
    "A AA AB ABG ABI AC AE AH AIB AIC AK AL ALF ALS ALZ AM AN ANA ANG ANK AÖ AP APD AR ARN ART AS ASD ASL ASZ AT AU "
    "AUR AW AZ AZE B BA BAD BAR BB BBG BC BCH BE BED BEI BEL BER BF BGD BGL BH BI BID BIN BIR BIT BIW BK BKS BL BLB "
    "BLK BM BN BNA BO BÖ BOG BOH BOR BOT BR BRA BRB BRG BRI BRK BRL BRV BS BSB BSK BT BTF BU BÜD BUL BÜR BÜS BÜZ BZ "
    "BZA C CA CAS CB CE CHA CLP CLZ CO COC COE CR CUX CW D DA DAH DAN DAU DBR DD DE DEG DEL DG DGF DH DI DIL DIN DIZ "
    "DKB DL DLG DM DN DO DON DS DT DU DUD DÜW DW DZ E EA EB EBE EBN EBS ECK ED EE EF EG EH EHI EI EIC EIH EIL EIN EIS "
    "EL EM EMD EMS EN ER ERB ERH ERK ERZ ES ESA ESB ESW EU EUT EW F FAL FB FD FDB FDS FEU FF FFB FG FH FI FKB FL FLÖ "
    "FN FO FOR FR FRG FRI FRW FS FT FTL FÜ FÜS FW FZ G GA GAN GAP GC GD GDB GE GEL GEM GEO GER GF GG GHA GHC GI GK GL "
    "GLA GM GMN GN GNT GÖ GOA GOH GP GR GRA GRH GRI GRM GRS GRZ GS GT GTH GÜ GUB GUN GV GVM GW GZ H HA HAB HAL HAM "
    "HAS HB HBN HBS HC HCH HD HDH HDL HE HEB HEF HEI HER HET HF HG HGN HGW HH HHM HI HIG HIP HK HL HM HMÜ HN HO HOG "
    "HOH HOL HOM HOR HÖS HOT HP HR HRO HS HSK HST HU HÜN HUS HV HVL HW HWI HX HY HZ IGB IK IL ILL IN IS IZ J JE JEV "
    "JL JÜL K KA KAR KB KC KE KEH KEL KEM KF KG KH KI KIB KK KL KLE KLZ KM KN KO KÖN KÖT KÖZ KR KRU KS KT KU KÜN KUS "
    "KW KY KYF L LA LAN LAU LB LBS LBZ LC LD LDK LDS LEO LER LEV LF LG LH LI LIB LIF LIN LIP LL LM LN LÖ LÖB LOS LP "
    "LR LRO LSA LSN LSZ LU LÜD LÜN LUP LWL M MA MAB MAI MAK MAL MB MC MD ME MED MEG MEI MEK MEL MEP MER MES MET MG "
    "MGH MGN MH MHL MI MIL MK MKK ML MM MN MO MOD MOL MON MOS MQ MR MS MSE MSH MSP MST MT MTK MTL MÜ MÜB MÜL MÜN MÜR "
    "MW MY MYK MZ MZG N NAB NAI NAU NB ND NDH NE NEA NEB NEC NEN NES NEU NEW NF NH NI NK NM NMB NMS NÖ NOH NOL NOM "
    "NOR NP NR NRÜ NT NU NVP NW NWM NY NZ OA OAL OB OBB OBG OC OCH OD OE OF OG OH OHA ÖHR OHV OHZ OK OL OP OPR OR OS "
    "OSL OTW OVI OVL OVP OZ P PA PAF PAN PAR PB PCH PE PEG PER PF PI PIR PL PLÖ PM PN PR PRÜ PS PW PZ QFT QLB R RA RC "
    "RD RDG RE REG REH REI RG RH RI RID RIE RL RM RN RO ROD ROF ROK ROL ROS ROT ROW RP RPL RS RSL RT RU RÜD RÜG RV RW "
    "RY RZ S SAB SAD SAN SAW SB SBG SBK SC SCZ SDH SDL SDT SE SEB SEE SEF SEL SFB SFT SG SGH SHA SHG SHK SHL SI SIG "
    "SIM SK SL SLE SLF SLG SLK SLN SLS SLÜ SLZ SM SMÜ SN SO SOB SOG SOK SÖM SON SP SPB SPN SR SRB SRO ST STA STB STD "
    "STE STL STO SU SUL SÜW SW SWA SY SZ SZB TBB TDO TE TET TF TG TIR TO TÖL TP TR TS TT TÜ TUT ÜB UE UEM UER UFF UH "
    "UL UM UN USI V VAI VB VEC VER VG VIB VIE VIT VK VOH VR VS W WA WAF WAK WAN WAR WAT WB WBS WDA WE WEL WEN WER WES "
    "WF WG WHV WI WIL WIS WIT WIZ WK WL WLG WM WMS WN WND WO WOB WOH WOL WOR WOS WR WRN WS WSF WST WSW WT WTL WTM WÜ "
    "WUG WÜM WUN WUR WW WZ WZL X Y Z ZE ZEL ZI ZIG ZP ZR ZW ZZ "
    "BBL BD BP BW BWL BYL HEL MVL NL NRW RWL SAL SH THL THW"
)
# KFG 1967 s. 48 and KDV annex 5d.
AUSTRIAN: Final = (
    "A AM B BA BB BD BG BH BK BL BM BN BP BR BZ DL DO E EF EU FB FE FF FK FR FV FW G GB GD GF GK GM GR GS GU GÜ HA HB "
    "HE HF HL HO I IL IM JE JO JU JW K KB KD KF KG KI KK KL KO KR KS KU L LA LB LD LE LF LI LK LL LN LZ MA MD ME MI "
    "MT MU MZ N ND NK O OP OW P PE PL PT RA RE RI RO S SB SD SE SK SL SO SP SR ST SV SW SZ T TA TD TK TU UU V VB VD "
    "VI VK VL VO W WB WD WE WK WL WN WO WT WU WY WZ ZE ZT ZW"
)
# Rozporządzenie on the registration and marking of vehicles, annex on the letters of districts (powiaty).
POLISH: Final = (
    "BI BS BL BAU BIA BBI BGR BHA BKL BMN BSE BSI BSK BSU BWM BZA BLM CB CG CT CW CAL CBR CBY CCH CGD CGR CIN CLI CMG "
    "CNA CRA CRY CSE CSW CTR CTU CWA CWL CZN DJ DL DB DW DX DBL DDZ DGR DGL DJA DJE DKA DKL DLE DLB DLU DLW DMI DOL "
    "DOA DPL DSR DST DSW DTR DBA DWL DWR DZA DZG DZL EP ES EL EBE EBR EKU EOP EPA EPJ EPI EPD ERA ERW ESI ESK ETM EWI "
    "EWE EZD EZG ELA ELE ELW ELC ED FG FZ FGW FKR FMI FNW FSD FSU FSW FSL FWS FZG FZA FZI GD GA GSP GS GBY GCH GCZ "
    "GDA GKA GKS GKW GLE GMB GND GPU GST GSZ GSL GTC GWE GWO KR KK KN KT KBC KBA KBR KCH KDA KGR KRA KRK KLI KMI KMY "
    "KNS KNT KOL KOS KPR KSU KTA KTT KWA KWI LB LC LU LZ LBI LBL LCH LHR LJA LKR LKS LLB LUB LOP LPA LPU LRA LRY LSW "
    "LTM LWL LZA LLE LLU NE NO NBA NBR NDZ NEB NEL NGI NGO NIL NKE NLI NMR NNI NNM NOE NOL NOS NPI NSZ NWE OP OB OGL "
    "OK OKL OKR ONA ONY OOL OPO OPR OST PK PN PL PO PY PCH PCT PGN PGS PGO PJA PKA PKE PKL PKN PKS PKR PLE PMI PNT "
    "POB POS POT PP PPL PZ PRA PSR PSE PSZ PSL PTU PWA PWL PWR PZL RK RP RZ RT RBI RBR RDE RJA RJS RKL RKR RLS RLE "
    "RLU RMI RNI RPR RPZ RRS RZE RSA RST RSR RTA RLA SB SY SH SC SD SG SJZ SJ SK SM SPI SL SR SRZ SI SO SW ST SZ SZO "
    "SBE SBI SBL SCI SCZ SCN SGL SKL SLU SMI SMY SPS SRC SRB STA SWD SWZ SZA SZY TK TBU TJE TKA TKI TKN TOP TOS TPI "
    "TSA TSK TST TSZ TLW WO WP WR WS WB WA WD WE WU WH WF WW WI WJ WK WN WT WX WY WBR WCI WG WGS WGM WGR WKZ WL WLI "
    "WMA WM WML WND WOR WOS WOT WPI WPR WPP WPS WPZ WPY WPU WPL WPN WRA WSI WSE WSC WSK WSZ WZ WWE WWL WV WWY WZU WZW "
    "WZY WLS ZK ZSW ZS ZZ ZBI ZCH ZDR ZGL ZGY ZGR ZKA ZKO ZKL ZMY ZPL ZPY ZST ZSD ZSZ ZSL ZWA ZLO"
)
# Counties (OMAI 1501/2006), Bulgaria's provinces (Ordinance I-45), Slovakia's districts (Act 106/2018, until 2022),
# Croatia's, Slovenia's and Spain's (until 2000) towns and provinces, Ireland's counties (S.I. 432/1999).
ROMANIAN: Final = (
    "AB AG AR B BC BH BN BR BT BV BZ CJ CL CS CT CV DB DJ GJ GL GR HD HR IF IL IS MH MM MS NT OT PH SB SJ SM SV TL TM "
    "TR VL VN VS"
)
BULGARIAN: Final = "A B BH BP BT C CA CB CC CH CM CO CT E EA EB EH H K KH M OB P PA PB PK PP T TX X Y"
SLOVAK: Final = (
    "BA BB BE BI BJ BL BN BR BS BT BY CA DK DS DT GA GL HC HE IL KA KE KI KK KM KN KS LC LE LM LV MA MI ML MT MY NI "
    "NM NO NR NZ PB PD PE PI PK PN PO PP PT PU PV PX RA RK RS RV SA SB SC SE SI SK SL SN SO SP SV TA TB TC TE TN TO "
    "TR TS TT TV VK VT VV ZA ZC ZH ZI ZJ ZL ZM ZV ZZ"
)
CROATIAN: Final = (
    "BJ BM ČK DA DE DJ DU GS IM KA KC KR KT KŽ MA NA NG OG OS PU PŽ RI SB SI SK SL ST ŠI VK VT VU VŽ ZD ZG ŽU"
)
SLOVENE: Final = "CE GO KK KP KR LJ MB MS NM PO SG"
SPANISH: Final = (
    "A AB AL AV B BA BI BU C CA CC CE CO CR CS CU GC GE GI GR GU H HU IB J L LE LO LU M MA ML MU NA O OR OU P PM PO S "
    "SA SE SG SO SS T TE TF TO V VA VI Z ZA"
)
IRISH: Final = "C CE CN CW D DL G KE KK KY L LD LH LK LM LS MH MN MO OY RN SO T TN TS W WD WH WW WX"
# Regions (Decree 343/2014 Coll.), the second character of a plate.
CZECH: Final = "abcehjklmpstuz"
# The letters that Greek or Cyrillic shares with Latin: the only ones on plates there (Vienna Convention 1968, annex 2).
GREEK: Final = "abehikmnoptxyz"
CYRILLIC: Final = "abcehkmoptxy"
CONSONANTS: Final = "bcdfghjklmnprstvwxyz"
DUTCH: Final = "bdfghjklmnprstvxz"

LANGUAGES: Final = {
    "AT": ("de",),
    "BE": ("nl", "fr", "de"),
    "BG": ("bg",),
    "CY": ("el",),
    "CZ": ("cs", "sk"),
    "DE": ("de",),
    "DK": ("da",),
    "EE": ("et",),
    "ES": ("es",),
    "FI": ("fi", "sv"),
    "FR": ("fr",),
    "GB": ("en",),
    "GR": ("el",),
    "HR": ("hr",),
    "HU": ("hu",),
    "IE": ("en", "ga"),
    "IT": ("it",),
    "LT": ("lt",),
    "LU": ("lb", "fr", "de"),
    "LV": ("lv",),
    "MT": ("mt",),
    "NL": ("nl",),
    "PL": ("pl",),
    "PT": ("pt",),
    "RO": ("ro",),
    "SE": ("sv",),
    "SI": ("sl",),
    "SK": ("sk", "cs"),
    "EU": (),
}

# Codes of countries, which stand before a postcode.
_BEFORE_POSTCODES: Final = "lv lt ee fi se dk no cz sk si hr hu pl at de ch li lu be nl bg ro gr md cy mt"
_G, _A, _P = _codes(GERMAN), _codes(AUSTRIAN), _codes(POLISH)
_R, _B, _S = _codes(ROMANIAN), _codes(BULGARIAN), _codes(SLOVAK)
_H, _L, _E, _I = _codes(CROATIAN), _codes(SLOVENE), _codes(SPANISH), _codes(IRISH)
_TWO, _THREE = _letters(2, _UNITS), _letters(3, _WORDS)
_DE_TWO = _letters(2, "tv hd cd pc it uv ag kg gb km")
_DE_LETTERS = f"(?:[a-z]|{_DE_TWO})"
_DE_NUMBER = r"[1-9]\d{1,3}(?: ?[eh])?"
_AT_LETTERS = f"(?:[a-z]|{_TWO}|{_letters(3, _WORDS + _AFTER_GERMAN)})"
_ITALIAN, _FRENCH = "abcdefghjklmnprstvwxyz", "abcdefghjklmnpqrstvwxyz"
_DUTCH_2, _DUTCH_3 = f"[{DUTCH}]{{2}}", _letters(3, _WORDS, DUTCH)
_PL_FIVE = r"(?:\d{4} ?[a-z]|\d{3} ?[a-z]{2}|\d[a-z]\d{3}|\d[a-z]{2}\d{2}|\d{2}[a-z]\d{2})"
_PL_FOUR = r"(?:[a-z] ?\d{3}|\d{2} ?[a-z]{2}|\d[a-z]\d{2}|\d{2}[a-z]\d|\d[a-z]{2}\d|[a-z]{2} ?\d{2})"
_PL_TOWN, _PL_DISTRICT = (_codes(" ".join(code for code in POLISH.split() if len(code) == size)) for size in (2, 3))
_SI_DASHED = (
    r"(?:[a-z]{2}-\d{3}|\d{3}-[a-z]{2}|\d{2}-[a-z]{3}|[a-z]{3}-\d{2}|[a-z]\d-\d{2}[a-z]|[a-z]{2}-[a-z]\d{2}"
    r"|\d[a-z]-\d{3}|[a-z]\d-\d{3}|\d{2}-[a-z]\d[a-z])"
)
_SI_LOOSE = r"(?:[a-z]{2}[ -]?\d{3}|\d{3}[ -]?[a-z]{2}|\d{2}[ -]?[a-z]{3}|[a-z]{3}[ -]?\d{2})"
_NL_DASHED = (
    rf"{_DUTCH_2}-\d{{2}}-{_DUTCH_2}|\d{{2}}-{_DUTCH_2}-{_DUTCH_2}|{_DUTCH_2}-{_DUTCH_2}-\d{{2}}"
    rf"|\d{{2}}-{_DUTCH_3}-\d|\d-{_DUTCH_3}-\d{{2}}|{_DUTCH_2}-\d{{3}}-[{DUTCH}]|[{DUTCH}]-\d{{3}}-{_DUTCH_2}"
    rf"|{_DUTCH_3}-\d{{2}}-[{DUTCH}]|[{DUTCH}]-\d{{2}}-{_DUTCH_3}|\d-{_DUTCH_2}-\d{{3}}|\d{{3}}-{_DUTCH_2}-\d"
)
_NL_ANY_LETTER = (
    rf"\d-{_THREE}-\d{{2}}|"
    r"[a-z]{2}-\d{2}-[a-z]{2}|\d{2}-[a-z]{2}-[a-z]{2}|[a-z]{2}-[a-z]{2}-\d{2}|\d{2}-[a-z]{3}-\d|[a-z]{2}-\d{3}-[a-z]"
    r"|[a-z]-\d{3}-[a-z]{2}|[a-z]{3}-\d{2}-[a-z]|[a-z]-\d{2}-[a-z]{3}|\d-[a-z]{2}-\d{3}|\d{3}-[a-z]{2}-\d"
)
_NL_LOOSE = (
    r"[a-z]{2}[ .]?\d{2}[ .]?[a-z]{2}|\d{2}[ .]?[a-z]{2}[ .]?[a-z]{2}|[a-z]{2}[ .]?[a-z]{2}[ .]?\d{2}"
    r"|\d{2}[ .]?[a-z]{3}[ .]?\d|\d[ .-]?[a-z]{3}[ .-]?\d{2}|[a-z]{2}[ .]?\d{3}[ .]?[a-z]|[a-z][ .]?\d{3}[ .]?[a-z]{2}"
    r"|[a-z]{3}[ .]?\d{2}[ .]?[a-z]|[a-z][ .]?\d{2}[ .]?[a-z]{3}|\d[ .-]?[a-z]{2}[ .-]?\d{3}"
    r"|\d{3}[ .-]?[a-z]{2}[ .-]?\d"
)
_PT_DASHED = r"[a-z]{2}-\d{2}-[a-z]{2}|\d{2}-[a-z]{2}-\d{2}|[a-z]{2}-\d{2}-\d{2}|\d{2}-\d{2}-[a-z]{2}"

# How people write any of the forms below in a hurry: a gap for another, or none. ``~`` stands for the gap.
_ANY_GAP: Final = r"(?:[.:_\-]| - | {1,2})"
_ANY_LETTERS: Final = ("[b-df-hj-np-tv-xz]", "[a-z]{2}", "[a-z]{3}")
_ONE_NO_WORD: Final = "[bcfghjlmnpqrtx]"
_TWO_NO_WORDS, _THREE_NO_WORDS = _letters(2, _COMMON), _letters(3, f"{_WORDS} {_COMMON}")


def _written_loosely(gap: str, one: str, two: str, three: str) -> str:
    """Write the skeletons of all plates with other gaps; ``!`` stands for one that cannot be left out."""
    polish = f"{_PL_FOUR}|{_PL_FIVE}".replace(" ?", "")
    forms = (
        *(rf"(?:{one}|{two}|{three})!(?:[a-z]|{two})~[1-9]\d{{1,3}}[eh]?", rf"{two}~\d{{3,4}}~(?:{one}|{two})"),
        *(rf"(?:{one}|{two})~[1-9]\d{{2,4}}~(?:{one}|{two}|{three})", rf"(?:{one}|{two})~\d{{2,3}}~{three}"),
        *(
            rf"\d~{three}~\d{{3}}",
            rf"{three}~\d{{2,3}}[a-z]|{three}~\d{{3}}|{three}-\d{{2}}",
            rf"\d{{3}}~{three}",
            rf"{one}~\d{{4}}~{two}",
        ),
        *(
            r"\d[a-z][0-9a-z]~\d{4}",
            rf"{two}~\d{{2}}~\d{{3}}",
            rf"(?:[03-9]\d|1[0-8]|2[1-9])\d{{2}}~{three}",
            rf"{two}\d{{2}}~{three}",
        ),
        *(rf"(?:{three}|{two})~\d{{4,5}}", rf"{two}~[1-9]\d{{2}}", rf"{three}~(?:{polish})"),
        *(rf"{two}~(?:{polish})", rf"{two}!(?:{_SI_PAIRS})", rf"(?:8[7-9]|9\d|[0-3]\d[12]?)~(?:[a-z]|{two})~\d{{2,6}}"),
        *(rf"{two}~\d{{2}}~{two}", rf"\d{{2}}~{two}!{two}", rf"{two}!{two}~\d{{2,3}}", rf"\d{{2}}~{three}~\d"),
        *(rf"\d~{three}~\d{{2}}", rf"{three}~\d{{2}}~{one}", rf"\d~{two}~\d{{3}}"),
        *(rf"\d{{3}}~{two}~\d", rf"\d{{2}}~{two}~\d{{2}}"),
        *(rf"\d{{3,4}}~{two}~(?:\d{{2}}|2[ab])", rf"\d{{2}}-\d{{2}}-{two}|{two}-\d{{2}}-\d{{2}}"),
        *(rf"[a-z]{{2}} \d{{3}}{_TWO}", r"[a-z]{2}-\d{3,4}", r"[a-z]{2}-?\d{3}-?[a-z]|[a-z]-?\d{3}-?[a-z]{2}"),
    )
    return "|".join(forms).replace("~", f"{gap}?").replace("!", gap)


_SI_PAIRS: Final = (
    r"[a-z]{2}~\d{3}|\d{3}~[a-z]{2}|\d{2}~[a-z]{3}|[a-z]{3}~\d{2}|[a-z]\d~\d{2}[a-z]|[a-z]{2}~[a-z]\d{2}"
    r"|\d[a-z]~\d{3}|[a-z]\d~\d{3}|\d{2}~[a-z]\d[a-z]"
)
LOOSE_FORMS: Final = (
    _written_loosely(_ANY_GAP, _ONE_NO_WORD, _TWO_NO_WORDS, _THREE_NO_WORDS),
    _written_loosely(_ANY_GAP, *_ANY_LETTERS[:2], _THREE_NO_WORDS),
)
"""Plates of any country beside a word about vehicles or plates; the last one is read in capitals alone."""
_FORM, _COUNTRY, _VEHICLE, _CUE = tuple(Evidence)

# Per country: the field's own name, the source, and every form with what it needs in any case and in capitals.
_FORMS: Final = (
    (
        ("DE", "Kennzeichen", "FZV s. 9 and annex 1"),  # M-AB 1234, HH-X 12E
        (rf"{_G}{_DASH}(?:{_DE_TWO}[ -]?{_DE_NUMBER}|[a-z][ -]?[1-9]\d{{2,3}}(?: ?[eh])?)", _FORM, _FORM),
        (rf"{_G}-{_DE_LETTERS}[ -][1-9]\d?(?: ?[eh])?", _CUE, _COUNTRY),
        (rf"{_G}[ .]{_DE_LETTERS}[ .-]?{_DE_NUMBER}", _CUE, _COUNTRY),
        (rf"{_G}{_GAP}[a-z]{{1,2}}{_GAP}[1-9]\d{{0,3}}(?: ?[eh])?", _CUE, _CUE),
    ),
    (
        ("AT", "Kennzeichen", "KFG 1967 s. 48; KDV 1967 s. 26"),  # W-12345 A, GU-123 AB, G-ABC 1
        (rf"{_A}{_DASH}[1-9]\d{{2,4}} ?{_AT_LETTERS}", _COUNTRY, _FORM),
        (rf"{_A}{_DASH}[1-9]\d{{0,4}} ?{_AT_LETTERS}|{_A} ?[1-9]\d{{1,4}} ?{_AT_LETTERS}", _CUE, _COUNTRY),
        (rf"{_A}{_DASH}[a-z]{{1,5}} ?[1-9]\d{{0,3}}", _CUE, _COUNTRY),
    ),
    (
        ("BE", "nummerplaat", "Royal Decree of 20 July 2001; Ministerial Decree of 23 July 2001"),  # 1-ABC-123, ABC-123
        (r"[0-9]-[a-z]{3}-\d{3}", _FORM, _FORM),
        (rf"[0-9][ .]?{_THREE}[ .]?\d{{3}}", _CUE, _COUNTRY),
        (rf"{_THREE}-\d{{3}}|\d{{3}}-{_THREE}", _CUE, _COUNTRY),
    ),
    (
        ("BG", "рег. номер", "Ordinance I-45 of 24 March 2000, art. 9 and annex"),  # CB 1234 AB
        (rf"{_B}[ -]\d{{4}}[ -]{_letters(2, _UNITS, CYRILLIC)}", _COUNTRY, _FORM),
        (rf"{_B}[ -]?\d{{4}}[ -]?{_letters(2, _UNITS, CYRILLIC)}", _COUNTRY, _COUNTRY),
    ),
    (
        ("CY", "αριθμός εγγραφής", "Motor Vehicles Regulations 1984, reg. 9"),  # ABC 123
        (rf"{_THREE}[ -]?\d{{3}}", _CUE, _COUNTRY),
    ),
    (
        ("CZ", "registrační značka", "Decree 343/2014 Coll., annex 10"),  # 1AB 2345, ABC 12-34
        (rf"\d[{CZECH}][0-9a-z][ -]?\d{{4}}", _CUE, _COUNTRY),
        (r"\d[a-z][0-9a-z][ -]?\d{4}|[a-z]{2,3} ?\d{2}-\d{2}", _CUE, _CUE),
    ),
    (
        ("DK", "nummerplade", "Bekendtgørelse om registrering af køretøjer"),  # AB 12 345
        (rf"[a-z]{{2}}{_GAP}\d{{2}}{_GAP}\d{{3}}", _CUE, _COUNTRY),
    ),
    (
        ("EE", "registreerimismärk", "Regulation 42 of 2011 on registration plates"),  # 123 ABC
        (rf"\d{{3}}[ -]?{_THREE}", _CUE, _COUNTRY),
    ),
    (
        ("ES", "matrícula", "Real Decreto 2822/1998, annex XVIII; Orden of 15 September 2000"),  # 1234 BCD, M-1234-AB
        (rf"\d{{4}}[ -]?{_letters(3, _WORDS, CONSONANTS)}", _COUNTRY, _COUNTRY),
        (rf"{_E}-\d{{4}}-[a-z]{{1,2}}", _FORM, _FORM),
        (rf"{_E}[ -]?\d{{4}}[ -]?(?:[a-z]|{_letters(2, 'km kg kw cv eu')})", _CUE, _COUNTRY),
    ),
    (
        ("FI", "rekisteritunnus", "Act on Vehicles 82/2021; Decree 893/2007"),  # ABC-123
        (rf"{_THREE}-(?:\d{{3}}|[1-9]\d)", _COUNTRY, _COUNTRY),
        (r"[a-z]{2,3}[ -]?[1-9]\d{0,2}", _CUE, _CUE),
    ),
    (
        ("FR", "plaque d'immatriculation", "Code de la route, art. R. 322-2; Arrêté of 9 February 2009"),  # AB-123-CD
        (rf"[a-z]{{2}}{_DASH}\d{{3}}{_DASH}[a-z]{{2}}", _FORM, _FORM),
        (rf"[{_FRENCH}]{{2}}[ .]?\d{{3}}[ .]?{_letters(2, _UNITS, _FRENCH)}", _CUE, _COUNTRY),
        (r"\d{2,4}-[a-z]{2,3}-(?:\d{2}|2[ab])", _COUNTRY, _COUNTRY),
        (r"[1-9]\d{0,3}[ .-]?[a-z]{2,3}[ .-]?(?:\d{2}|2[ab])", _CUE, _CUE),
    ),
    (
        ("GB", "number plate", "S.I. 2001/561, reg. 10 and schedule 2"),  # AB12 CDE
        (rf"[a-z]{{2}}\d{{2}} {_THREE}", _CUE, _COUNTRY),
        (r"[a-z]{2} ?\d{2} ?[a-z]{3}", _CUE, _CUE),
    ),
    (
        ("GR", "πινακίδα", "Decision 52907/2009, annex"),  # YZB-1234, YB 1234
        (rf"[{GREEK}]{{3}}[ -]?\d{{4}}", _COUNTRY, _COUNTRY),
        (rf"[{GREEK}]{{2}}[ -]?\d{{4}}", _CUE, _COUNTRY),
    ),
    (
        ("HR", "registracija", "Pravilnik o registraciji i označavanju vozila (NN 151/2008)"),  # ZG 1234-AB
        (rf"{_H}[ -]\d{{3,4}}{_DASH}[a-z]{{1,2}}", _FORM, _FORM),
        (rf"{_H}{_GAP}\d{{3,4}}{_GAP}(?:[a-z]|{_TWO})", _CUE, _COUNTRY),
    ),
    (
        ("HU", "rendszám", "Government Decree 326/2011, annex 2"),  # AA BC-123, ABC-123
        (r"[a-z]{2} [a-z]{2}-\d{3}", _COUNTRY, _FORM),
        (r"[a-z]{2}[ -]?[a-z]{2}[ -]?\d{3}", _CUE, _COUNTRY),
        (rf"{_THREE}-\d{{3}}", _COUNTRY, _COUNTRY),
        (r"[a-z]{3} ?\d{3}", _CUE, _CUE),
    ),
    (
        ("IE", "uimhirphláta", "S.I. 318/1992; S.I. 542/2012"),  # 231-D-12345
        (rf"(?:8[7-9]|9\d|[0-3]\d[12]?)-{_I}-\d{{1,6}}", _FORM, _FORM),
        (rf"(?:8[7-9]|9\d|[0-3]\d[12]?) ?{_I} ?\d{{2,6}}", _CUE, _COUNTRY),
    ),
    (
        ("IT", "targa", "D.P.R. 495/1992, art. 256 and annex XI"),  # AB 123 CD
        (rf"[{_ITALIAN}]{{2}}{_GAP}\d{{3}}{_GAP}{_letters(2, _UNITS, _ITALIAN)}", _COUNTRY, _COUNTRY),
        (r"[a-z]{2}\d{3}[a-z]{2}", _COUNTRY, _COUNTRY),
        (rf"[{_ITALIAN}]{{2}}{_GAP}\d{{3}}{_GAP}[{_ITALIAN}]{{2}}", _CUE, _CUE),
    ),
    (
        ("LT", "valstybinis numeris", "Order of the Minister of the Interior on number plates"),  # ABC 123
        (rf"{_THREE}[ :-]?\d{{3}}", _CUE, _COUNTRY),
    ),
    (
        ("LU", "plaque d'immatriculation", "Règlement grand-ducal of 17 June 2003"),  # AB 1234
        (r"[a-z]{1,2}[ -]?\d{4}", _CUE, _CUE),
    ),
    (
        ("LV", "reģistrācijas numurs", "Latvian standard LVS 20:2016"),  # AB-1234
        (rf"{_letters(2, _BEFORE_POSTCODES)}-[1-9]\d{{2,3}}", _CUE, _COUNTRY),
        (rf"[a-z]{{2}}{_GAP}[1-9]\d{{0,3}}", _CUE, _CUE),
    ),
    (
        ("MT", "numru tal-pjanċa", "Registration of Motor Vehicles Regulations, S.L. 368.02"),  # ABC 123
        (rf"{_THREE}[ -]?\d{{3}}", _CUE, _COUNTRY),
    ),
    (
        ("NL", "kenteken", "Kentekenreglement; Regeling kentekens en kentekenplaten"),  # AB-12-CD, 12-ABC-3
        (_NL_DASHED, _FORM, _FORM),
        (_NL_ANY_LETTER, _COUNTRY, _FORM),
        (_NL_LOOSE, _CUE, _CUE),
    ),
    (
        ("PL", "tablica rejestracyjna", "Rozporządzenie on the marking of vehicles, annex"),  # WA 1234A, WPI 12345
        (rf"{_PL_TOWN}[ -]{_PL_FIVE}", _COUNTRY, _FORM),
        (rf"{_PL_DISTRICT}[ -](?:{_PL_FOUR}|{_PL_FIVE}|\d{{4,5}})|{_PL_TOWN}[ -]\d{{5}}", _CUE, _COUNTRY),
        (rf"(?:{_letters(2, 'nr od do za na id tv km to we ze')}|{_THREE})[ -](?:{_PL_FIVE}|\d{{5}})", _CUE, _COUNTRY),
        (rf"[a-z]{{2,3}}{_GAP}(?:{_PL_FIVE}|{_PL_FOUR}|\d{{5}})", _CUE, _CUE),
    ),
    (
        ("PT", "matrícula", "Decreto-Lei 54/2005, art. 4; Decreto-Lei 2/2020"),  # AA-01-BB, 01-AB-23
        (_PT_DASHED, _COUNTRY, _FORM),
        (_PT_DASHED.replace("-", "[ .]?").replace("[a[ .]?z]", "[a-z]"), _CUE, _CUE),
    ),
    (
        ("RO", "număr de înmatriculare", "Ordinul MAI 1501/2006, art. 47"),  # B 123 ABC, CJ-12-XYZ
        (rf"{_R}-\d{{2,3}}-{_THREE}", _FORM, _FORM),
        (rf"{_R}[ .-]?\d{{2,3}}[ .-]?{_THREE}", _CUE, _FORM),
    ),
    (
        ("SE", "registreringsnummer", "Vägtrafikdataförordningen (2019:382)"),  # ABC 123, ABC 12D
        (rf"{_THREE} ?\d{{2}}[a-z]", _CUE, _COUNTRY),
        (rf"{_THREE}[ -]?\d{{3}}", _CUE, _COUNTRY),
    ),
    (
        ("SI", "registrska tablica", "Pravilnik o registrskih tablicah (UL 42/2023)"),  # LJ AB-123
        (rf"{_L}[ -]{_SI_DASHED}", _FORM, _FORM),
        (rf"{_L}[ .-]{_SI_LOOSE}", _CUE, _COUNTRY),
        (rf"{_L}{_SI_LOOSE}", _CUE, _CUE),
    ),
    (
        ("SK", "evidenčné číslo vozidla", "Act 8/2009 Coll. s. 123; Decree 9/2009"),  # BA-123AB, AA 123 BB
        (rf"{_S}-\d{{3}} ?[a-z]{{2}}", _COUNTRY, _FORM),
        (rf"{_S}{_GAP}\d{{3}}{_GAP}{_TWO}|{_S}-?\d{{3}}[a-z]{{2}}", _CUE, _COUNTRY),
        (rf"[a-z]{{2}}{_GAP}\d{{3}}{_GAP}{_TWO}", _CUE, _COUNTRY),
    ),
    (
        ("EU", "any plate behind a cue word", "the forms above without their districts and refused letters"),
        (r"[a-z]{1,3}[ .-]?\d{2,6}(?:[.-]?[a-z]{1,3})?|\d{1,4}[ .-]?[a-z]{1,3}(?:[ .-]?\d{1,5})?", _CUE, _CUE),
        (r"\d{4,6}", _CUE, _CUE),
    ),
)

PLATES: Final[tuple[Plate, ...]] = tuple(
    Plate(
        country=country,
        name=name,
        languages=LANGUAGES[country],
        written=written,
        evidence=evidence,
        in_capitals=in_capitals,
        source=source,
    )
    for (country, name, source), *forms in _FORMS
    for written, evidence, in_capitals in forms
)

# ------------------------------------------------------------------------------------------------------------ cue words
PLATE_STEMS: Final = tuple(
    folded_words(
        (
            *("kennzeichen", "nummernschild", "kfz-kennz", "kfz kennz", "amtl. kennz", "plaque", "immatricul"),
            *(
                "matrícula",
                "matricula",
                "matriculad",
                "placas",
                "targa",
                "targhe",
                "targat",
                "immatricolaz",
                "kenteken",
            ),
            *("nummerplaat", "nummerplat", "nummerplad", "regnummer", "reg.nummer", "reg-nummer", "reg.nr", "regnr"),
            *(
                "registreringsnummer",
                "registreringsskylt",
                "indregistr",
                "rekisterinumero",
                "rekisteritunnu",
                "rekkari",
            ),
            *("rekkarit", "rekisterikilv", "registreerimismär", "registreerimisnum", "numbrimär", "autonumb"),
            *("reģistrācijas num", "numurzīm", "auto numur", "valstybin", "valst. nr", "numerio ženkl", "reg. numer"),
            *("registracijos num", "tablic", "tablica", "rejestracyj", "nr rej", "numer rej", "rejestracja", "blach"),
            *("registrační znač", "registracni znac", "poznávací znač", "evidenčné čísl", "evidencne cisl", "značk"),
            *("rendszám", "rendszam", "forgalmi rendsz", "înmatricul", "inmatricul", "număr de circ", "numar de circ"),
            *("регистрационен", "регистрационн", "рег. ном", "рег. №", "рег.ном", "рег номер", "номер на кола"),
            *("табел", "πινακίδ", "αριθμός κυκλοφορ", "αριθμό κυκλοφορ", "αρ. κυκλ", "αριθμός εγγραφής"),
            *("registarsk", "registracijsk", "registrsk", "registrac", "uimhirphlát", "uimhir chláraith", "cláruimhir"),
            *(
                "pjanċa",
                "pjanċi",
                "numru tar-reġistr",
                "reġistrazzjon",
                "licence plate",
                "license plate",
                "number plate",
            ),
            *("numberplate", "licenseplate", "licenceplate", "reg plate", "registration", "vehicle reg", "car reg"),
        )
    )
)
PLATE_WORDS: Final = tuple(
    folded_words(
        ("kfz", "kz.", "kz:", "spz", "ečv", "ecv", "reg", "rz:", "plate", "plates", "rego", "nrpl", "ltp", "imat")
    )
)
VEHICLE_STEMS: Final = tuple(
    folded_words(
        (
            *("fahrzeug", "wagen", "pkw", "lkw", "geparkt", "parkt", "falschpark", "abgeschleppt", "unfallflucht"),
            *("lieferwagen", "transporter", "kleintransporter", "kombi", "motorrad", "fahrer", "raser", "blitzer"),
            *("lastwagen", "laster", "parkplatz", "anhänger", "wohnmobil"),
            *("voiture", "véhicule", "stationn", "garée", "garé ", "camion", "fourgon", "conducteur", "chauffard"),
            *("chauffeur", "bagnole", "automobiliste", "berline", "remorque", "utilitaire"),
            *("coche", "vehículo", "vehiculo", "aparcad", "furgo", "conductor", "motocicleta", "camión"),
            *("furgón", "aparca", "remolque", "todoterreno"),
            *("macchina", "automobil", "autoveicol", "parcheggi", "furgon", "veicol", "automobilista", "autista"),
            *("motorino", "moto ", "rimorchio", "scooter", "autocarro"),
            *("geparkeerd", "voertuig", "bestelbus", "bestelwagen", "bestelauto", "vrachtwagen", "bestuurder"),
            *("busje met", "aanhanger", "witte bus", "personenauto", "parkeer"),
            *(
                "parkeret",
                "parkerad",
                "parkera",
                "parkering",
                "køretøj",
                "fordon",
                "bilen",
                "bilens",
                "lastbil",
                "varebil",
            ),
            *("varevogn", "kassevogn", "personbil", "skåpbil", "lätt lastbil", "släp", "förare", "bilist", "fører"),
            *("motorcykel", "husbil", "påhængsvogn", "paketbil", "budbil"),
            *("autoa", "autossa", "ajoneuv", "pysäköi", "pakettiauto", "henkilöauto"),
            *("kuorma-auto", "kuski", "moottoripyör", "perävaun", "autoilij"),
            *("sõiduk", "pargi", "autojuht", "kaubik", "veoauto", "mootorrat", "sõiduauto", "haagis", "auto number"),
            *(
                "automašīn",
                "mašīn",
                "transportlīdz",
                "busiņš",
                "busiņu",
                "busiņa",
                "busiņā",
                "furgon",
                "kravas auto",
                "autovadīt",
                "piekab",
                "motocikl",
            ),
            *("mašin", "automobil", "mikroautobus", "furgonas", "vilkik", "vairuotoj", "transporto priem", "priekab"),
            *(
                "samochód",
                "samochod",
                "samochodem",
                "pojazd",
                "zaparkowan",
                "furgonetk",
                "ciężarówk",
                "kierowc",
                "dostawcz",
            ),
            *("osobówk", "motocykl", "przyczep", "autem"),
            *(
                "vozidl",
                "zaparkovan",
                "dodávk",
                "řidič",
                "náklaďák",
                "kamion",
                "auťák",
                "motork",
                "přívěs",
                "automobilem",
            ),
            *("dodávka", "vodič", "auto s ", "nákladiak", "osobné auto", "príves"),
            *(
                "vozilo",
                "vozil",
                "parkiran",
                "avto",
                "kombi",
                "vozač",
                "voznik",
                "kamion",
                "tovornjak",
                "dostavn",
                "prikolic",
            ),
            *("automobil", "motor s ", "kombij"),
            *(
                "jármű",
                "kocsi",
                "parkol",
                "furgon",
                "teherautó",
                "sofőr",
                "kisbusz",
                "kisteherautó",
                "autós",
                "gépkocsi",
            ),
            *("mașin", "masin", "autoturism", "parcat", "camion", "șofer", "sofer", "autoutilitar", "remorc"),
            *("автомобил", "колата", "кола с", "паркиран", "бус", "микробус", "камион", "шофьор", "мотор", "джип"),
            *("ремарке", "возил", "машина"),
            *(
                "αυτοκίνητ",
                "όχημα",
                "οχήμα",
                "παρκαρ",
                "φορτηγ",
                "βαν ",
                "αμάξι",
                "αμαξ",
                "οδηγός",
                "μηχανή",
                "φορτηγάκι",
            ),
            *(
                "carro",
                "viatura",
                "veículo",
                "veiculo",
                "estacionad",
                "carrinha",
                "condutor",
                "camião",
                "mota ",
                "reboque",
            ),
            *("feithicil", "gluaisteán", "gluaistean", "veain", "leoraí", "carr ", "tiománaí", "charr", "gcarr"),
            *("karozza", "karozz", "vettura", "ipparkjat", "trakk", "xufier", "il-vann", "mutur"),
            *(
                "parked",
                "vehicle",
                "white van",
                "the van",
                "a van",
                "my van",
                "this van",
                "delivery van",
                "minivan",
                "camper",
            ),
            *(
                "pickup",
                "lorry",
                "motorbike",
                "motorcycle",
                "moped",
                "hit and run",
                "cut me off",
                "ran a red",
                "ran the red",
            ),
            *(
                "drives",
                "driving",
                "drove",
                "speeding",
                "parking",
                "driver",
                "tailgat",
                "towed",
                "hatchback",
                "saloon car",
                "suv ",
            ),
            # Makes and models that are seen most.
            *(
                "volkswagen",
                "mercedes",
                "toyota",
                "peugeot",
                "renault",
                "citroen",
                "hyundai",
                "škoda",
                "skoda",
                "dacia",
            ),
            *("nissan", "porsche", "mazda", "volvo", "suzuki", "mitsubishi", "chevrolet", "alfa romeo", "subaru"),
            *(
                "clio",
                "twingo",
                "megane",
                "scenic",
                "kangoo",
                "captur",
                "berlingo",
                "panda",
                "passat",
                "tiguan",
                "touran",
            ),
            *(
                "corsa",
                "astra",
                "insignia",
                "fiesta",
                "mondeo",
                "octavia",
                "fabia",
                "superb",
                "yaris",
                "corolla",
                "avensis",
            ),
            *(
                "фолксваген",
                "мерцедес",
                "опел",
                "ауди",
                "бмв",
                "рено",
                "пежо",
                "шкода",
                "тойота",
                "форд",
                "голф",
                "пасат",
            ),
            *("φολκσβάγκεν", "μερσεντές", "τογιότα", "φορντ", "όπελ", "φίατ", "νισσάν", "πεζό", "σκόντα", "γκολφ"),
            *(
                "micra",
                "qashqai",
                "duster",
                "logan",
                "sandero",
                "ibiza",
                "civic",
                "sprinter",
                "ducato",
                "tucson",
                "kadjar",
            ),
        )
    )
)
VEHICLE_WORDS: Final = tuple(
    folded_words(
        (
            *("car", "cars", "truck", "suv", "bil", "bíl", "carr", "vw", "golf", "bmw", "audi", "opel", "ford"),
            *("fiat", "kia", "honda", "jeep", "tesla", "lancia", "polo", "caddy", "taxi"),
            *("кола", "коли", "auto", "autos", "auta", "autem", "autu", "autó", "autója", "auto's", "moto", "scooter"),
            *("vann", "auton", "autoni", "duba", "dubă", "dubei", "paku", "astra", "captur", "duster", "roller"),
            *("van met", "bus", "vito", "fourgon", "dobló", "caravan", "vettura"),
        )
    )
)
# Words beside what only looks like a plate: flights, trains, roads, rooms, models, norms, offers.
OTHER_STEMS: Final = tuple(
    folded_words(
        (
            *(
                "flug",
                "flight",
                "vuelo",
                "vlucht",
                "járat",
                "полет",
                "πτήση",
                "skrydis",
                "bahnhof",
                "bahnsteig",
                "gleis",
            ),
            *("train", "treno", "pociąg", "vonat", "влак", "τρένο", "autobahn", "autoroute", "autostrad", "autopista"),
            *(
                "snelweg",
                "motorway",
                "highway",
                "dálnic",
                "diaľnic",
                "moottoritie",
                "zimmer",
                "salle",
                "modell",
                "modèle",
            ),
            *("modelo", "modello", "artikel", "article", "artículo", "version", "firmware", "iphone", "galaxy"),
            *(
                "flyg",
                "lennuk",
                "lend ",
                "lentokone",
                "lennon",
                "reiss",
                "reisa",
                "skrydz",
                "repülő",
                "avion",
                "aereo",
                "avião",
            ),
            *(
                "letadl",
                "lietadl",
                "letalo",
                "zrakoplov",
                "samolot",
                "eitilt",
                "titjira",
                "рейс",
                "самолет",
                "αεροπλάν",
            ),
            *(
                "linje ",
                "linija",
                "linka ",
                "linia ",
                "linha ",
                "línea ",
                "linie ",
                "lijn ",
                "ligne ",
                "linja",
                "γραμμή",
            ),
            *(
                "линия",
                "liin ",
                "líne ",
                "bus line",
                "tram",
                "metro",
                "spår",
                "spor ",
                "peron",
                "kolej",
                "vágány",
                "binario",
            ),
            *("thinkpad", "geforce", "radeon", "playstation", "rabatt", "gutschein", "coupon", "voucher", "promo"),
        )
    )
)
OTHER_WORDS: Final = tuple(
    folded_words(
        (
            *("vol", "volo", "voo", "let č", "lot nr", "zbor", "lento", "lend", "reis", "zug", "tren", "vlak", "juna"),
            *("tåg", "tog", "gate", "raum", "room", "model", "norm", "iso", "din", "en iso", "code promo", "código"),
        )
    )
)
