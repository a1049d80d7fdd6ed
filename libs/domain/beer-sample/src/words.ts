/** Word lists that names are composed of. */

export const americanTowns = [
  'Alder Creek', 'Birchwood', 'Canyon Gate', 'Dry Fork', 'Eagle Bend', 'Fern Hollow', 'Granite Pass', 'Harbor Point', 'Iron Ridge', 'Juniper Flats',
  'Kettle Lake', 'Lantern Hill', 'Mill Pond', 'North Bluff', 'Oak Landing', 'Pine Barrens', 'Quarry Road', 'River Bend', 'Salt Marsh', 'Timberline',
  'Upper Falls', 'Vista Grande', 'Willow Run', 'Yarrow Valley', 'Cedar Notch', 'Copper Basin', 'Driftwood', 'Elk Prairie', 'Foxglove', 'Gull Island',
  'High Desert', 'Indigo Bay', 'Kingfisher', 'Ladder Canyon', 'Moss Rock', 'Old Ferry', 'Prairie Star', 'Red Barn', 'Stone Bridge', 'Three Bridges',
] as const;

export const creatures = [
  'Otter', 'Heron', 'Badger', 'Lynx', 'Falcon', 'Moose', 'Pelican', 'Coyote', 'Trout', 'Raven', 'Bison', 'Magpie', 'Salamander', 'Hare', 'Stag',
  'Owl', 'Tortoise', 'Walrus', 'Marten', 'Sparrow', 'Bobcat', 'Sturgeon', 'Crane', 'Hedgehog', 'Mule',
] as const;

export const qualities = [
  'Amber', 'Blind', 'Brave', 'Crooked', 'Dusty', 'Electric', 'Forgotten', 'Gentle', 'Golden', 'Grumpy', 'Hidden', 'Honest', 'Jolly', 'Laughing', 'Lonesome',
  'Lucky', 'Midnight', 'Noble', 'Patient', 'Proud', 'Quiet', 'Reckless', 'Restless', 'Rusty', 'Sleepy', 'Smoky', 'Stubborn', 'Velvet', 'Wandering', 'Wild',
] as const;

export const things = [
  'Anchor', 'Anvil', 'Barrel', 'Bellows', 'Candle', 'Compass', 'Crown', 'Ember', 'Fiddle', 'Furrow', 'Gavel', 'Harvest', 'Hammer', 'Horizon', 'Kettle',
  'Lantern', 'Ledger', 'Loom', 'Mirror', 'Orchard', 'Paddle', 'Plow', 'Pulley', 'Rudder', 'Saddle', 'Sickle', 'Spindle', 'Storm', 'Sundial', 'Thistle',
  'Thunder', 'Tractor', 'Trestle', 'Umbrella', 'Violin', 'Wagon', 'Whistle', 'Winch', 'Window', 'Zephyr',
] as const;

export const firstNames = [
  'Ada', 'Aaron', 'Beatriz', 'Ben', 'Carla', 'Chen', 'Dana', 'Diego', 'Elena', 'Emil', 'Farah', 'Frank', 'Grace', 'Gus', 'Hana', 'Hugo', 'Ines', 'Ivan', 'Jane', 'Joel',
  'Kara', 'Karl', 'Lena', 'Luis', 'Maya', 'Milo', 'Nadia', 'Noah', 'Olga', 'Omar', 'Paula', 'Pete', 'Quinn', 'Rita', 'Rolf', 'Sara', 'Sven', 'Tara', 'Theo', 'Uma',
  'Vera', 'Victor', 'Wanda', 'Will', 'Ximena', 'Yara', 'Yusuf', 'Zoe', 'Zane', 'Ruth',
] as const;

export const lastNames = [
  'Abbott', 'Almeida', 'Bauer', 'Becker', 'Carter', 'Castro', 'Dawson', 'Duarte', 'Ellis', 'Engel', 'Fischer', 'Foster', 'Garcia', 'Graham', 'Hansen', 'Hughes', 'Ito', 'Ibarra',
  'Jansen', 'Jordan', 'Keller', 'Kowalski', 'Larsen', 'Lopez', 'Meyer', 'Moreau', 'Nakamura', 'Novak', 'Ortiz', 'Owens', 'Parker', 'Petrov', 'Quigley', 'Ramos', 'Reed', 'Santos',
  'Schmidt', 'Tanaka', 'Turner', 'Urban', 'Vargas', 'Vogel', 'Walsh', 'Weber', 'Xu', 'Young', 'Zhang', 'Zimmer', 'Brandt', 'Silva',
] as const;

/** Nouns of user names. */
export const handles = [
  'hophead', 'maltfan', 'brewdad', 'pintlover', 'stoutgirl', 'lagerlad', 'saisonist', 'caskman', 'growler', 'taphunter', 'yeastie', 'foamy', 'drinkslow', 'cellarrat', 'keg',
  'ipaguy', 'tastings', 'mashtun', 'bitterboy', 'coaster', 'barleycorn', 'wortworks', 'nightcap', 'homebrewer', 'sipper',
] as const;

export const states = [
  'CA', 'TX', 'NY', 'FL', 'PA', 'IL', 'OH', 'MI', 'MA', 'NC', 'NJ', 'VA', 'WA', 'CO', 'OR', 'GA', 'MN', 'WI', 'MD', 'AZ', 'MO', 'IN', 'TN', 'CT', 'SC', 'KY', 'LA', 'AL',
  'OK', 'IA', 'UT', 'NV', 'KS', 'AR', 'ME', 'NH', 'NE', 'NM', 'VT', 'DC', 'ID', 'HI', 'RI', 'DE', 'MS', 'WV', 'MT', 'AK', 'SD', 'ND', 'WY', 'PR', 'GU', 'VI',
] as const;

/** Domains that are reserved for examples: no mail to them arrives anywhere. */
export const mailDomains = ['example.org', 'example.com', 'example.net'] as const;
