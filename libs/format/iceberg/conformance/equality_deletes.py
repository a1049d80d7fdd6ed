"""Writes equality deletes through Iceberg's own classes, because Spark itself writes none."""


def delete_equal(session, table, column, values):
    """Commits one equality delete file to an unpartitioned table: rows whose column (INT or STRING) equals one of the values are gone."""
    jvm = session.spark._jvm
    gateway = session.spark.sparkContext._gateway
    iceberg = jvm.org.apache.iceberg
    loaded = iceberg.spark.Spark3Util.loadIcebergTable(session.spark._jsparkSession, table)
    field = loaded.schema().findField(column)
    names = gateway.new_array(jvm.String, 1)
    names[0] = column
    schema = loaded.schema().select(names)
    ids = gateway.new_array(jvm.int, 1)
    ids[0] = field.fieldId()
    factory = iceberg.data.GenericAppenderFactory(loaded.schema(), loaded.spec(), ids, schema, None)
    target = loaded.io().newOutputFile(f"{loaded.location()}/data/equality-{values[0]}-deletes.parquet")
    encrypted = loaded.encryption().encrypt(target)
    writer = factory.newEqDeleteWriter(encrypted, iceberg.FileFormat.PARQUET, None)
    for value in values:
        record = iceberg.data.GenericRecord.create(schema)
        record.setField(column, value)
        writer.write(record)
    writer.close()
    loaded.newRowDelta().addDeletes(writer.toDeleteFile()).commit()
