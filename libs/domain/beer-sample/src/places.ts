/** A city that sample breweries stand in; coordinates in thousandths of a degree. */
export interface Place {
  city: string;
  province: string;
  country: string;
  east: number;
  north: number;
}

/** Telephone numbers that the country's regulator keeps for fiction, with `#` for free digits, and a five-digit postal code or not. */
export interface CountryHabits {
  phone: string;
  postal: string;
  streets: readonly string[];
  /** A street with its house number, `{street}` and `{number}`. */
  address: string;
}

const place = (country: string) => (city: string, province: string, east: number, north: number): Place => ({ city, province, country, east, north });
const us = place('United States');
const de = place('Germany');
const gb = place('England');
const au = place('Australia');
const fr = place('France');
const ie = place('Ireland');

/** Cities from the one with most breweries to the one with least. */
export const places: readonly Place[] = [
  us('Portland', 'Oregon', -122_680, 45_520), us('Denver', 'Colorado', -104_990, 39_740), us('San Diego', 'California', -117_160, 32_720), us('Seattle', 'Washington', -122_330, 47_610),
  us('Chicago', 'Illinois', -87_630, 41_880), us('Austin', 'Texas', -97_740, 30_270), us('Minneapolis', 'Minnesota', -93_270, 44_980), us('Asheville', 'North Carolina', -82_550, 35_600),
  us('Grand Rapids', 'Michigan', -85_670, 42_960), us('Philadelphia', 'Pennsylvania', -75_160, 39_950), us('Columbus', 'Ohio', -82_990, 39_960), us('Richmond', 'Virginia', -77_440, 37_540),
  us('Milwaukee', 'Wisconsin', -87_910, 43_040), us('Brooklyn', 'New York', -73_950, 40_650), us('Boston', 'Massachusetts', -71_060, 42_360), us('Burlington', 'Vermont', -73_210, 44_480),
  us('Portland', 'Maine', -70_260, 43_660), us('Atlanta', 'Georgia', -84_390, 33_750), us('Tampa', 'Florida', -82_460, 27_950), us('Nashville', 'Tennessee', -86_780, 36_160),
  us('Saint Louis', 'Missouri', -90_200, 38_630), us('Indianapolis', 'Indiana', -86_160, 39_770), us('Phoenix', 'Arizona', -112_070, 33_450), us('Salt Lake City', 'Utah', -111_890, 40_760),
  us('Boise', 'Idaho', -116_200, 43_620), us('Albuquerque', 'New Mexico', -106_650, 35_080), us('Omaha', 'Nebraska', -95_940, 41_260), us('Anchorage', 'Alaska', -149_900, 61_220),
  gb('London', 'Greater London', -128, 51_507), de('Bamberg', 'Bayern', 10_890, 49_890), ie('Dublin', 'Dublin', -6_260, 53_350), au('Melbourne', 'Victoria', 144_960, -37_810),
  de('München', 'Bayern', 11_580, 48_140), gb('Manchester', 'Greater Manchester', -2_240, 53_480), fr('Lille', 'Hauts-de-France', 3_060, 50_630), au('Sydney', 'New South Wales', 151_210, -33_870),
  de('Köln', 'Nordrhein-Westfalen', 6_960, 50_940), ie('Cork', 'Cork', -8_470, 51_900), gb('Bristol', 'Bristol', -2_590, 51_450), fr('Strasbourg', 'Grand Est', 7_750, 48_570),
];

export const habits: Readonly<Record<string, CountryHabits>> = {
  'United States': { phone: '20255501##', postal: '#####', address: '{number} {street}', streets: ['Main St', 'Foundry Ave', 'Depot St', 'Mill Rd', 'Grain Elevator Way', 'Railroad Ave', 'Cannery Row', 'Orchard Ln'] },
  England: { phone: '+44 20 7946 0###', postal: '', address: '{number} {street}', streets: ['Arch Lane', 'Malthouse Road', 'Station Yard', 'Canal Street', 'Cooper Row'] },
  Germany: { phone: '+49 30 23125 ###', postal: '#####', address: '{street} {number}', streets: ['Hopfenweg', 'Malzstraße', 'Kellergasse', 'Am Sudhaus', 'Brückenstraße'] },
  Australia: { phone: '+61 3 5550 ####', postal: '3###', address: '{number} {street}', streets: ['Wharf Street', 'Silo Road', 'Tram Lane', 'Banksia Avenue'] },
  France: { phone: '+33 1 99 00 ## ##', postal: '6####', address: '{number} {street}', streets: ['rue de la Brasserie', 'quai du Houblon', 'rue des Forges', 'place du Marché'] },
  Ireland: { phone: '+353 20 91# ####', postal: '', address: '{number} {street}', streets: ['Quay Street', 'Barrack Lane', 'Weaver Street', 'Bridge Row'] },
};
