#include "lab/svg.h"

#include <algorithm>

#include "lab/colours.h"
#include "lab/format.h"

namespace trunkline::lab {
namespace {

std::string number(double value) {
  std::string text = format("%.1f", value);
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return text == "-0" ? "0" : text;
}

std::string spots_text(const std::vector<Spot>& spots) {
  std::string text;
  for (const Spot& spot : spots) text += number(spot.x) + "," + number(spot.y) + " ";
  if (!text.empty()) text.pop_back();
  return text;
}

std::string closed(const char* element, const std::string& says) {
  if (says.empty()) return "/>\n";
  return "><title>" + escaped(says) + "</title></" + element + ">\n";
}

// Lighter where the ground is dark.
constexpr const char* kDarkColours[kLooks] = {"#4FA8E0", "#F0824A", "#2EBF93", "#DB9BBD",
                                              "#F0B73C", "#8CCBF2", "#BDBDBD"};
constexpr const char* kDashes[kLooks] = {"none", "7 4",         "2 3", "9 3 2 3",
                                         "14 4", "5 2 1 2 1 2", "3 5"};

}  // namespace

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        // Other control characters have no place in XML.
        if (static_cast<unsigned char>(c) >= 0x20 || c == '\n' || c == '\t') out += c;
    }
  }
  return out;
}

void Svg::line(Spot from, Spot to, const std::string& classes) {
  content_ += "<line class=\"" + classes + "\" x1=\"" + number(from.x) + "\" y1=\"" +
              number(from.y) + "\" x2=\"" + number(to.x) + "\" y2=\"" + number(to.y) + "\"/>\n";
}

void Svg::polyline(const std::vector<Spot>& spots, const std::string& classes) {
  content_ += "<polyline class=\"" + classes + "\" points=\"" + spots_text(spots) + "\"/>\n";
}

void Svg::polygon(const std::vector<Spot>& spots, const std::string& classes,
                  const std::string& says) {
  content_ += "<polygon class=\"" + classes + "\" points=\"" + spots_text(spots) + "\"" +
              closed("polygon", says);
}

void Svg::box(Spot corner, double width, double height, const std::string& classes,
              const std::string& says, const std::string& fill) {
  content_ += "<rect class=\"" + classes + "\"" + (fill.empty() ? "" : " fill=\"" + fill + "\"") +
              " x=\"" + number(corner.x) + "\" y=\"" + number(corner.y) + "\" width=\"" +
              number(width) + "\" height=\"" + number(height) + "\"" + closed("rect", says);
}

void Svg::boxes(const std::vector<Spot>& corners, double width, double height,
                const std::string& fill) {
  std::string steps;
  const std::string rest = "h" + number(width) + "v" + number(height) + "h" + number(-width) + "z";
  for (const Spot& corner : corners) {
    steps += "M" + number(corner.x) + "," + number(corner.y) + rest;
  }
  content_ += "<path fill=\"" + fill + "\" d=\"" + steps + "\"/>\n";
}

void Svg::marker(Spot middle, std::size_t look, const std::string& says) {
  const auto [x, y] = middle;
  const std::string classes = "f" + std::to_string(look % kLooks);
  switch (look % kLooks) {
    case 0:
      content_ += "<circle class=\"" + classes + "\" cx=\"" + number(x) + "\" cy=\"" + number(y) +
                  "\" r=\"4\"" + closed("circle", says);
      break;
    case 1:
      return box({x - 3.5, y - 3.5}, 7, 7, classes, says);
    case 2:
      return polygon({{x, y - 5}, {x + 4.5, y + 3.5}, {x - 4.5, y + 3.5}}, classes, says);
    case 3:
      return polygon({{x, y - 5}, {x + 5, y}, {x, y + 5}, {x - 5, y}}, classes, says);
    case 4:
      return polygon({{x, y + 5}, {x + 4.5, y - 3.5}, {x - 4.5, y - 3.5}}, classes, says);
    case 5:
      return box({x - 5, y - 1.5}, 10, 3, classes, says);
    default:
      return box({x - 1.5, y - 5}, 3, 10, classes, says);
  }
}

void Svg::text(Spot at, const std::string& anchor, const std::string& classes,
               const std::string& content) {
  content_ += "<text" + (classes.empty() ? "" : " class=\"" + classes + "\"") + " x=\"" +
              number(at.x) + "\" y=\"" + number(at.y) + "\"" +
              (anchor == "start" ? "" : " text-anchor=\"" + anchor + "\"") + ">" +
              escaped(content) + "</text>\n";
}

std::string Svg::opened(const std::string& label, const std::string& more) const {
  return "<svg" + more + " role=\"img\" aria-label=\"" + escaped(label) + "\" viewBox=\"0 0 " +
         number(width_) + " " + number(height_) + "\">\n";
}

std::string Svg::in_page(const std::string& label) const {
  return opened(label, "") + content_ + "</svg>\n";
}

std::string Svg::file(const std::string& label) const {
  const std::string size = " width=\"" + number(width_) + "\" height=\"" + number(height_) + "\"";
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" +
         opened(label, " xmlns=\"http://www.w3.org/2000/svg\"" + size) + "<style>" + svg_style() +
         "</style>\n" + content_ + "</svg>\n";
}

std::string svg_style() {
  std::string style =
      "svg text{font:12px system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif;"
      "fill:#222}svg .title{font-size:14px;font-weight:600}svg .small{font-size:11px;fill:#555}"
      "svg .on-dark,svg .on-strong{fill:#fff}svg .on-light,svg .on-pale{fill:#111}"
      "svg .axis{stroke:#555}svg .grid{stroke:#ddd}svg .event{stroke:#999;stroke-dasharray:4 3}"
      "svg .line{fill:none;stroke-width:2;stroke-linejoin:round}"
      "svg .faint{stroke-width:1;opacity:.4}svg .ribbon{opacity:.18}svg .whisker{stroke-width:1.5}"
      "svg .area{opacity:.55}svg .pale{fill-opacity:.45}svg .part{stroke:#fff;stroke-width:1}svg "
      ".none{fill:none;stroke:#bbb}";
  std::string dark =
      "svg text{fill:#ddd}svg .small{fill:#aaa}svg .axis{stroke:#aaa}svg .grid{stroke:#383c42}"
      "svg .part{stroke:#16181c}svg .on-dark,svg .on-pale{fill:#fff}svg .on-light,svg "
      ".on-strong{fill:#111}";
  for (std::size_t look = 0; look < kLooks; ++look) {
    const auto rules = [look](const char* colour) {
      return format("svg .l%zu{stroke:%s}svg .f%zu{fill:%s}", look, colour, look, colour);
    };
    style += rules(colour_of(look)) + format("svg .d%zu{stroke-dasharray:%s}", look, kDashes[look]);
    dark += rules(kDarkColours[look]);
  }
  return style + "@media(prefers-color-scheme:dark){" + dark + "}";
}

double text_width(std::string_view text) {
  constexpr double kEach = 6.5;
  const auto bytes_that_begin = std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  });
  return kEach * static_cast<double>(bytes_that_begin);
}

}  // namespace trunkline::lab
