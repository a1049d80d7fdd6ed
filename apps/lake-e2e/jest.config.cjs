module.exports = { ...require('../../jest.preset.js').default, displayName: 'lake-e2e' };
