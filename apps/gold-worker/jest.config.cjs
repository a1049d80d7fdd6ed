module.exports = { ...require('../../jest.preset.js').default, displayName: 'gold-worker' };
