/** What is on the sample images, as SVG: a landscape at sunset and a jackalope. */

const VIEW = 1000

/** Sky above, meadow below, the sun on the left: which way up it is can be told from a single pixel. */
export function landscape(width: number, height: number, extra = ''): string {
  // The drawing is 1000 wide and as high as the picture's shape asks for.
  const h = (VIEW * height) / width
  const at = (share: number) => Math.round(h * share)
  return svg(
    width,
    height,
    h,
    `<defs>
      <linearGradient id="sky" x1="0" y1="0" x2="0" y2="1">
        <stop offset="0" stop-color="#27408b"/><stop offset="0.45" stop-color="#e2725b"/><stop offset="0.7" stop-color="#ffd27f"/>
      </linearGradient>
      <radialGradient id="sun"><stop offset="0.6" stop-color="#fff3c4"/><stop offset="1" stop-color="#ffb347"/></radialGradient>
    </defs>
    <rect width="${VIEW}" height="${h}" fill="url(#sky)"/>
    <circle cx="260" cy="${at(0.42)}" r="90" fill="url(#sun)"/>
    <path d="M0 ${at(0.62)} L180 ${at(0.44)} L330 ${at(0.58)} L560 ${at(0.36)} L760 ${at(0.56)} L880 ${at(0.47)} L1000 ${at(0.6)} V${h} H0 Z" fill="#6b4f7a"/>
    <path d="M0 ${at(0.7)} C200 ${at(0.58)} 420 ${at(0.66)} 600 ${at(0.68)} S880 ${at(0.6)} 1000 ${at(0.68)} V${h} H0 Z" fill="#4f7942"/>
    <path d="M0 ${at(0.82)} C260 ${at(0.72)} 520 ${at(0.86)} 1000 ${at(0.76)} V${h} H0 Z" fill="#2e8b57"/>
    <g transform="translate(640 ${at(0.84) - 210}) scale(0.3)">${animal(false)}</g>
    ${extra}`,
  )
}

/** A hare with antlers on nothing at all: everything around it is transparent, unless `sky` has a colour. */
export function jackalope(size: number, { winking = false, sky = 'none' } = {}): string {
  return svg(
    size,
    size,
    VIEW,
    `<rect width="1000" height="1000" fill="${sky}"/><g transform="translate(150 120)">${animal(winking)}</g>`,
  )
}

/** A wooden sign at the upper edge, for `landscape`. */
export function sign(text: string): string {
  return `<rect x="220" y="60" width="560" height="130" rx="16" fill="#f4e3c1" stroke="#7a5230" stroke-width="10"/>
    <text x="500" y="146" font-family="DejaVu Sans" font-size="58" font-weight="bold" text-anchor="middle" fill="#7a5230">${text}</text>`
}

function animal(winking: boolean): string {
  const antler =
    'M0 0 C-30 -60 -120 -90 -110 -200 M-62 -92 C-110 -100 -150 -130 -160 -180 M-98 -150 C-70 -170 -60 -200 -66 -230'
  return `<g fill="none" stroke="#5b3a1e" stroke-width="22" stroke-linecap="round">
      <path transform="translate(300 250)" d="${antler}"/><path transform="translate(400 250) scale(-1 1)" d="${antler}"/>
    </g>
    <g fill="#a9825a" stroke="#5b3a1e" stroke-width="12">
      <ellipse cx="270" cy="180" rx="38" ry="130" transform="rotate(-8 270 180)"/><ellipse cx="430" cy="180" rx="38" ry="130" transform="rotate(8 430 180)"/>
      <ellipse cx="350" cy="620" rx="200" ry="190"/><circle cx="350" cy="370" r="140"/>
    </g>
    <ellipse cx="350" cy="660" rx="120" ry="130" fill="#e8d3b0"/>
    ${winking ? '<path d="M270 350 h60" stroke="#2b1a0c" stroke-width="12" stroke-linecap="round"/>' : '<circle cx="300" cy="350" r="20" fill="#2b1a0c"/>'}
    <circle cx="400" cy="350" r="20" fill="#2b1a0c"/>
    <path d="M330 415 h40 l-20 24 z" fill="#d46a6a"/><path d="M350 440 q-30 40 -60 20 M350 440 q30 40 60 20" fill="none" stroke="#2b1a0c" stroke-width="8"/>
    <ellipse cx="250" cy="800" rx="80" ry="34" fill="#8f6b45"/><ellipse cx="450" cy="800" rx="80" ry="34" fill="#8f6b45"/>`
}

function svg(width: number, height: number, viewHeight: number, content: string): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${VIEW} ${viewHeight}" preserveAspectRatio="none">${content}</svg>`
}
