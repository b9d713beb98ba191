// Comma-separated values after RFC 4180: the first row names the columns.
#pragma once

#include <functional>
#include <initializer_list>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

namespace trunkline::lab {

// One row, with its end. Fields with a comma, a quote or a line end are quoted.
std::string csv_row(const std::vector<std::string>& fields);
// The shortest text that reads back as this number.
std::string csv_number(double value);

// One row that was read, by the names of its columns; others may be there too.
class CsvRow {
 public:
  CsvRow(const std::vector<std::string>& columns, std::vector<std::string> fields,
         std::string where)
      : columns_(columns), fields_(std::move(fields)), where_(std::move(where)) {}
  // Both throw std::runtime_error that names the file and the line.
  const std::string& text(std::string_view column) const;
  double number(std::string_view column) const;

 private:
  const std::vector<std::string>& columns_;
  std::vector<std::string> fields_;
  std::string where_;
};

// No field holds a line end here. A last line without an end is left out: its writer died.
void read_csv(std::istream& in, const std::string& name,
              const std::function<void(const CsvRow&)>& on_row);

}  // namespace trunkline::lab
