module.exports = { ...require('../../../jest.preset.js').default, displayName: 'operational-database' };
