module.exports = { ...require('../../jest.preset.js').default, displayName: 'brewery-extractor-function' };
