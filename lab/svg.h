// A picture in SVG, element by element. Colours and fonts come by class from one style sheet, which
// a page has once and a file of its own carries with it. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace trunkline::lab {

// "&" as "&amp;" and so on: text for XML and HTML, also in attributes.
std::string escaped(std::string_view text);

struct Spot {
  double x = 0, y = 0;
};

class Svg {
 public:
  // In pixels; the picture may be scaled.
  Svg(double width, double height) : width_(width), height_(height) {}

  void line(Spot from, Spot to, const std::string& classes);
  void polyline(const std::vector<Spot>& spots, const std::string& classes);
  // `says`, where it is not empty, is told when somebody points at it.
  void polygon(const std::vector<Spot>& spots, const std::string& classes,
               const std::string& says = "");
  // `fill`: a colour, where the classes have none.
  void box(Spot corner, double width, double height, const std::string& classes,
           const std::string& says = "", const std::string& fill = "");
  // Many of one size and colour, in few bytes.
  void boxes(const std::vector<Spot>& corners, double width, double height,
             const std::string& fill);
  // Seven shapes that can be told apart, in turn.
  void marker(Spot middle, std::size_t look, const std::string& says = "");
  // `anchor`: start, middle or end.
  void text(Spot at, const std::string& anchor, const std::string& classes,
            const std::string& content);

  // To stand in a page that has svg_style().
  std::string in_page(const std::string& label) const;
  // Whole by itself.
  std::string file(const std::string& label) const;

 private:
  std::string opened(const std::string& label, const std::string& more) const;

  double width_, height_;
  std::string content_;
};

// Classes: title axis grid small · l0 to l6 lines, f0 to f6 fills, d0 to d6 dashes · faint ribbon.
std::string svg_style();
// About, of text in the style's small or usual size.
double text_width(std::string_view text);

}  // namespace trunkline::lab
