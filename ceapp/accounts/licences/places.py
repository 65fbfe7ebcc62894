"""The states and provinces whose boards give licences, by their codes of ISO 3166-2. Pure."""

from __future__ import annotations

OTHER = "other"

STATES = {
    "US-AL": "Alabama",
    "US-AK": "Alaska",
    "US-AS": "American Samoa",
    "US-AZ": "Arizona",
    "US-AR": "Arkansas",
    "US-CA": "California",
    "US-CO": "Colorado",
    "US-CT": "Connecticut",
    "US-DE": "Delaware",
    "US-DC": "District of Columbia",
    "US-FL": "Florida",
    "US-GA": "Georgia",
    "US-GU": "Guam",
    "US-HI": "Hawaii",
    "US-ID": "Idaho",
    "US-IL": "Illinois",
    "US-IN": "Indiana",
    "US-IA": "Iowa",
    "US-KS": "Kansas",
    "US-KY": "Kentucky",
    "US-LA": "Louisiana",
    "US-ME": "Maine",
    "US-MD": "Maryland",
    "US-MA": "Massachusetts",
    "US-MI": "Michigan",
    "US-MN": "Minnesota",
    "US-MS": "Mississippi",
    "US-MO": "Missouri",
    "US-MT": "Montana",
    "US-NE": "Nebraska",
    "US-NV": "Nevada",
    "US-NH": "New Hampshire",
    "US-NJ": "New Jersey",
    "US-NM": "New Mexico",
    "US-NY": "New York",
    "US-NC": "North Carolina",
    "US-ND": "North Dakota",
    "US-MP": "Northern Mariana Islands",
    "US-OH": "Ohio",
    "US-OK": "Oklahoma",
    "US-OR": "Oregon",
    "US-PA": "Pennsylvania",
    "US-PR": "Puerto Rico",
    "US-RI": "Rhode Island",
    "US-SC": "South Carolina",
    "US-SD": "South Dakota",
    "US-TN": "Tennessee",
    "US-TX": "Texas",
    "US-UT": "Utah",
    "US-VT": "Vermont",
    "US-VI": "Virgin Islands (United States)",
    "US-VA": "Virginia",
    "US-WA": "Washington",
    "US-WV": "West Virginia",
    "US-WI": "Wisconsin",
    "US-WY": "Wyoming",
}
PROVINCES = {
    "CA-AB": "Alberta",
    "CA-BC": "British Columbia",
    "CA-MB": "Manitoba",
    "CA-NB": "New Brunswick",
    "CA-NL": "Newfoundland and Labrador",
    "CA-NT": "Northwest Territories",
    "CA-NS": "Nova Scotia",
    "CA-NU": "Nunavut",
    "CA-ON": "Ontario",
    "CA-PE": "Prince Edward Island",
    "CA-QC": "Quebec",
    "CA-SK": "Saskatchewan",
    "CA-YT": "Yukon",
}
PLACES = {**STATES, **PROVINCES}

COUNTRIES = {"US": "United States", "CA": "Canada"}

HINTS = {
    "US-CA": "The Board of Behavioral Sciences has providers keep rosters with names and licence numbers (16 CCR 1887.12).",
    "US-FL": "Providers report completions to the Department of Health under the licence number (rule 64B-5.002).",
}
"""What a rule that was read says about the number in one place, with the rule. No rule on the form of a number was found that could be
cited, so none is checked.
"""


def place_words(place: str, own_words: str = "") -> str:
    """How a place is written."""
    return own_words if place == OTHER else PLACES[place]


def country_of(place: str) -> str:
    """`US` or `CA`; empty for a place in somebody's own words."""
    return "" if place == OTHER else place.partition("-")[0]


BY_COUNTRY = {name: {code: words for code, words in PLACES.items() if country_of(code) == country} for country, name in COUNTRIES.items()}
"""For a select in groups."""

CHOICES = {**BY_COUNTRY, "Elsewhere": {OTHER: "Another place"}}
"""The same with the way to write another one."""
