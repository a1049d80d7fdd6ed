/** Styles from the most brewed to the least, with the usual alcohol in tenths of a percent. */
export const beerStyles: readonly (readonly [style: string, lowest: number, highest: number])[] = [
  ['American IPA', 55, 75], ['American Pale Ale', 45, 60], ['American Imperial Stout', 80, 125], ['American Double IPA', 78, 100], ['American Amber Ale', 45, 62],
  ['American Porter', 48, 68], ['American Stout', 50, 72], ['Saison', 50, 80], ['American Brown Ale', 45, 62], ['Witbier', 42, 55], ['Hefeweizen', 48, 56],
  ['Fruit Beer', 40, 65], ['American Barleywine', 85, 120], ['American Wild Ale', 50, 80], ['Russian Imperial Stout', 80, 120], ['German Pilsner', 44, 54],
  ['American Blonde Ale', 40, 55], ['American Wheat Ale', 40, 55], ['Oatmeal Stout', 45, 65], ['Tripel', 75, 95], ['English Bitter', 32, 46], ['Belgian Strong Dark Ale', 80, 120],
  ['Belgian Pale Ale', 48, 62], ['Märzen', 52, 62], ['Winter Warmer', 60, 85], ['American Black IPA', 60, 80], ['Milk Stout', 40, 62], ['Scotch Ale', 65, 95],
  ['Dubbel', 62, 80], ['Rye Beer', 50, 70], ['Pumpkin Ale', 50, 75], ['Czech Pilsner', 42, 54], ['Vienna Lager', 46, 55], ['Doppelbock', 70, 90], ['English Pale Ale', 42, 56],
  ['Belgian Strong Pale Ale', 75, 105], ['Munich Helles', 47, 54], ['Kölsch', 44, 52], ['Irish Red Ale', 40, 55], ['Schwarzbier', 44, 54], ['Irish Dry Stout', 38, 50],
  ['American Pale Lager', 40, 52], ['Baltic Porter', 68, 95], ['Munich Dunkel', 48, 56], ['Old Ale', 60, 95], ['Berliner Weisse', 28, 40], ['Bock', 62, 72], ['Cream Ale', 42, 55],
  ['Dunkelweizen', 48, 56], ['Maibock', 63, 74], ['Altbier', 45, 55], ['English Porter', 40, 56], ['Smoked Beer', 48, 70], ['Quadrupel', 90, 125], ['California Common', 45, 55],
  ['English India Pale Ale', 50, 70], ['Weizenbock', 65, 90], ['Gose', 40, 50], ['Lambic', 50, 70], ['Gueuze', 50, 70], ['Eisbock', 90, 140], ['Roggenbier', 45, 60],
  ['Bière de Garde', 60, 85], ['Flanders Red Ale', 50, 70],
];
