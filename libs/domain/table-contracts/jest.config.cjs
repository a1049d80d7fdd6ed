module.exports = { ...require('../../../jest.preset.js').default, displayName: 'table-contracts' };
