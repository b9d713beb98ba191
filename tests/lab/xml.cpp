#include "tests/lab/xml.h"

#include <expat.h>

#include <functional>
#include <memory>

namespace trunkline::tests {
namespace {

struct Found {
  std::function<void(const char*, const char**)> element;
  std::function<void(std::string_view)> text;
};

}  // namespace

Xml::Xml(std::string source) : source_(std::move(source)) {
  Found found;
  found.element = [this](const char* name, const char** attributes) {
    ++elements_[name];
    for (; *attributes != nullptr; attributes += 2) {
      attributes_.push_back({attributes[0], attributes[1]});
    }
  };
  found.text = [this](std::string_view text) { text_ += text; };
  const std::unique_ptr<XML_ParserStruct, decltype(&XML_ParserFree)> parser(
      XML_ParserCreate("UTF-8"), XML_ParserFree);
  XML_SetUserData(parser.get(), &found);
  XML_SetElementHandler(
      parser.get(),
      [](void* user, const char* name, const char** attributes) {
        static_cast<Found*>(user)->element(name, attributes);
      },
      [](void*, const char*) {});
  XML_SetCharacterDataHandler(parser.get(), [](void* user, const char* text, int size) {
    static_cast<Found*>(user)->text({text, static_cast<std::size_t>(size)});
  });
  const auto status =
      XML_Parse(parser.get(), source_.data(), static_cast<int>(source_.size()), XML_TRUE);
  if (status == XML_STATUS_OK) return;
  problem_ = "line " + std::to_string(XML_GetCurrentLineNumber(parser.get())) + ": " +
             XML_ErrorString(XML_GetErrorCode(parser.get()));
}

std::size_t Xml::count(const std::string& element) const {
  const auto found = elements_.find(element);
  return found == elements_.end() ? 0 : found->second;
}

std::vector<std::string> Xml::attributes(const std::string& name) const {
  std::vector<std::string> values;
  for (const auto& [key, value] : attributes_) {
    if (key == name) values.push_back(value);
  }
  return values;
}

}  // namespace trunkline::tests
