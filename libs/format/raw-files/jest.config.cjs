module.exports = { ...require('../../../jest.preset.js').default, displayName: 'raw-files' };
