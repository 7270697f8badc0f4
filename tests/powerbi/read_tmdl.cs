// What Microsoft's own library makes of a folder of TMDL: read_tmdl.exe DEFINITION MODEL.bim AGAIN
// It writes the model as one JSON document and as TMDL once more, and prints what is wrong as JSON.
using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Microsoft.AnalysisServices.Tabular;

static class ReadTmdl
{
    static int Main(string[] arguments)
    {
        var problems = new List<string>();
        try
        {
            var database = TmdlSerializer.DeserializeDatabaseFromFolder(arguments[0]);
            problems.AddRange(Problems(database.Model));
            File.WriteAllText(arguments[1], JsonSerializer.SerializeDatabase(database));
            TmdlSerializer.SerializeDatabaseToFolder(database, arguments[2]);
        }
        catch (Exception error)
        {
            problems.Add(error.GetType().Name + ": " + error.Message);
        }
        Console.WriteLine("{\"ok\": " + (problems.Count == 0 ? "true" : "false") + ", \"problems\": [" + String.Join(", ", problems.Select(Quoted)) + "]}");
        return 0;
    }

    static IEnumerable<string> Problems(Model model)
    {
        foreach (var table in model.Tables.Where(t => t.Partitions.Count == 0))
            yield return "no partition: " + table.Name;
        foreach (var measure in model.Tables.SelectMany(t => t.Measures))
        {
            if (measure.Table.Columns.Any(c => c.Name.ToLowerInvariant() == measure.Name.ToLowerInvariant()))
                yield return "a measure is named like a column: " + measure.Name;
            if (model.Tables.SelectMany(t => t.Measures).Count(m => m.Name.ToLowerInvariant() == measure.Name.ToLowerInvariant()) > 1)
                yield return "two measures have one name: " + measure.Name;
        }
        var links = model.Relationships.OfType<SingleColumnRelationship>().ToList();
        foreach (var link in links.Where(r => r.FromColumn.DataType != r.ToColumn.DataType))
            yield return "a relationship joins two types: " + link.FromColumn.Table.Name;
        foreach (var pair in links.Where(r => r.IsActive).GroupBy(r => r.FromTable.Name + " to " + r.ToTable.Name).Where(g => g.Count() > 1))
            yield return "two active relationships: " + pair.Key;
    }

    static string Quoted(string text)
    {
        var plain = text.Replace("\\", "\\\\").Replace("\"", "\\\"");
        return "\"" + String.Concat(plain.Select(c => c < ' ' ? " " : c.ToString())) + "\"";
    }
}
