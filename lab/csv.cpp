#include "lab/csv.h"

#include <algorithm>
#include <charconv>
#include <istream>
#include <stdexcept>

namespace trunkline::lab {
namespace {

std::string quoted(const std::string& field) {
  if (field.find_first_of(",\"\r\n") == field.npos) return field;
  std::string text = "\"";
  for (const char c : field) text += c == '"' ? std::string("\"\"") : std::string(1, c);
  return text + '"';
}

std::vector<std::string> split(std::string_view line) {
  std::vector<std::string> fields(1);
  bool inside = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (c == '"' && inside && i + 1 < line.size() && line[i + 1] == '"') {
      fields.back() += line[++i];
    } else if (c == '"') {
      inside = !inside;
    } else if (c == ',' && !inside) {
      fields.emplace_back();
    } else if (c != '\r' || inside) {
      fields.back() += c;
    }
  }
  return fields;
}

}  // namespace

std::string csv_row(const std::vector<std::string>& fields) {
  std::string row;
  for (const std::string& field : fields) row += (&field == &fields[0] ? "" : ",") + quoted(field);
  return row + "\r\n";
}

std::string csv_number(double value) {
  char text[40];
  const auto end = std::to_chars(text, text + sizeof text, value).ptr;
  return std::string(text, end);
}

const std::string& CsvRow::text(std::string_view column) const {
  const auto found = std::find(columns_.begin(), columns_.end(), column);
  if (found == columns_.end()) {
    throw std::runtime_error(where_ + ": there is no column " + std::string(column));
  }
  return fields_[static_cast<std::size_t>(found - columns_.begin())];
}

double CsvRow::number(std::string_view column) const {
  const std::string& field = text(column);
  double value = 0;
  const auto [end, failure] = std::from_chars(field.data(), field.data() + field.size(), value);
  if (failure != std::errc() || end != field.data() + field.size()) {
    throw std::runtime_error(where_ + ": " + std::string(column) + " is no number: " + field);
  }
  return value;
}

void read_csv(std::istream& in, const std::string& name,
              const std::function<void(const CsvRow&)>& on_row) {
  std::string line;
  std::vector<std::string> columns;
  for (int number = 1; std::getline(in, line) && !in.eof(); ++number) {
    std::vector<std::string> fields = split(line);
    if (columns.empty()) {
      columns = std::move(fields);
      continue;
    }
    const std::string where = name + ", line " + std::to_string(number);
    if (fields.size() != columns.size()) {
      throw std::runtime_error(where + ": " + std::to_string(fields.size()) + " fields under " +
                               std::to_string(columns.size()) + " columns");
    }
    on_row(CsvRow(columns, std::move(fields), where));
  }
}

}  // namespace trunkline::lab
