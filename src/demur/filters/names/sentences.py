"""Two sentences with an invented person in each language, for the test of the tagger when it is loaded."""

from typing import Final

SENTENCES: Final = {
    "bg": ("Вчера говорих с Иван Петров за работата.", "Мария Георгиева ми изпрати снимки."),
    "cs": ("Včera jsem mluvil s Janem Novákem o práci.", "Petra Svobodová mi poslala fotky."),
    "da": ("Jeg talte med Lars Nielsen om arbejdet.", "Mette Sørensen sendte mig billeder."),
    "de": ("Gestern habe ich mit Peter Schneider gesprochen.", "Sabine Fischer hat mir Bilder geschickt."),
    "el": ("Χθες μίλησα με τον Γιώργο Παπαδόπουλο.", "Η Μαρία Γεωργίου μου έστειλε φωτογραφίες."),
    "en": ("Yesterday I spoke with Peter Harrison about work.", "Susan Whitfield sent me some pictures."),
    "es": ("Ayer hablé con Pedro Fernández del trabajo.", "Lucía Moreno me mandó unas fotos."),
    "et": ("Eile rääkisin ma Jaan Tammega tööst.", "Kadri Saar saatis mulle pilte."),
    "fi": ("Puhuin eilen Matti Korhosen kanssa työstä.", "Liisa Virtanen lähetti minulle kuvia."),
    "fr": ("Hier j'ai parlé avec Pierre Lefèvre du travail.", "Sophie Moreau m'a envoyé des photos."),
    "ga": ("Labhair mé le Seán Ó Briain inné.", "Chuir Máire Ní Chonaill pictiúir chugam."),
    "hr": ("Jučer sam razgovarao s Markom Horvatom o poslu.", "Ivana Kovačević mi je poslala slike."),
    "hu": ("Tegnap Kovács Péter felhívott.", "Szabó Katalin képeket küldött."),
    "it": ("Ieri ho parlato con Paolo Ricci del lavoro.", "Giulia Ferrari mi ha mandato delle foto."),
    "lt": ("Vakar kalbėjau su Tomu Kazlausku apie darbą.", "Rasa Petrauskienė man atsiuntė nuotraukų."),
    "lv": ("Vakar runāju ar Jāni Bērziņu par darbu.", "Inese Kalniņa man atsūtīja bildes."),
    "mt": ("Ilbieraħ tkellimt ma' Joseph Borg dwar ix-xogħol.", "Maria Camilleri bagħtitli xi ritratti."),
    "nl": ("Gisteren sprak ik met Pieter Jansen over werk.", "Sanne de Vries stuurde me foto's."),
    "pl": ("Wczoraj rozmawiałem z Piotrem Kowalskim o pracy.", "Anna Nowak wysłała mi zdjęcia."),
    "pt": ("Ontem falei com Pedro Ferreira sobre o trabalho.", "Inês Carvalho mandou-me fotografias."),
    "ro": ("Ieri am vorbit cu Andrei Popescu despre muncă.", "Elena Ionescu mi-a trimis poze."),
    "sk": ("Včera som hovoril s Petrom Kováčom o práci.", "Zuzana Horváthová mi poslala fotky."),
    "sl": ("Včeraj sem govoril z Markom Novakom o delu.", "Mojca Zupančič mi je poslala slike."),
    "sv": ("I går pratade jag med Erik Lindqvist om jobbet.", "Karin Johansson skickade bilder till mig."),
}
