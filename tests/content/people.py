"""Who appears where. A name stands in one file only, so that nobody meets the same name twice with another story behind it.

Also the other words with a capital letter that the texts may hold: whatever is in neither list is a name that nobody has entered.
"""

from __future__ import annotations

PEOPLE = {
    "friend-request": ("Dana", "Lourdes"),
    "former-client": ("Niamh", "Baptiste"),
    "prospective-client": ("Kwame",),
    "crisis-message": ("Ruslan", "Paloma"),
    "likes-and-shares": ("Winifred", "Joaquin"),
    "following-a-client": ("Tariq",),
    "dating-app": ("Sigrid",),
    "colleague-posts-phi": ("Ifeoma", "Haddad", "Kristen", "Danny"),
    "vignette": ("Halina", "Vera", "Osvaldo"),
    "tagged-photo": ("Yui", "Jerome"),
    "shown-a-phone": ("Farida", "Latif"),
    "googling-a-client": ("Amadou",),
    "stumbled-post": ("Keoni",),
    "looked-up": ("Beatriz",),
    "bad-review": ("Solveig",),
    "testimonials": ("Imani", "Gideon", "Ruta"),
    "advertising": ("Leocadia", "Casper"),
    "advice-in-comments": (),
    "a-post-you-regret": ("Wen", "Rafael"),
    "two-accounts": ("Clement", "Zeynep"),
    "colleague-unprofessional": ("Marguerite",),
    "minors": ("Jun", "Tran"),
    "trainee": ("Anouk", "Adeyemi"),
    "policy": ("Petrossian", "Shanelle", "Bram"),
    "closing-a": ("Ottilie", "Dmitri", "Xiomara", "Hakon", "Nasrin", "Emeka", "Lowell"),
    "opening": (),
    "closing-b": ("Goran", "Maeve", "Tuan", "Philippa", "Yonas"),
}

PLACES = {"Boise", "California", "Hilo", "Nevada", "Ohio", "Ontario", "Reno", "Spain", "Texas"}
PLACES |= {"New", "Jersey", "North", "Carolina", "United", "States"}
ENFORCEMENT = {"Elite", "Dental", "Vision", "Manasa", "Health", "Center", "Office", "Civil", "Rights"}
"""Published actions of the federal office, which may be named."""
DAYS = {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"}
DAYS |= {"Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays"}
MONTHS = {"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"}
OTHER = {"Cousin", "Doctor", "Haldol", "I’ll", "I’m", "I’ve", "I’d"}
KNOWN = PLACES | ENFORCEMENT | DAYS | MONTHS | OTHER
