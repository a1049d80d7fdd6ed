module.exports = { ...require('../../jest.preset.js').default, displayName: 'bronze-ingestor-lite' };
