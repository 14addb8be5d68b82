const NAMES: (keyof Api.Palette)[] = ['brand', 'deep', 'soft', 'text', 'on', 'on_2']

function variables(mode: 'light' | 'dark', palette: Api.Palette): string {
  return NAMES.map(name => `--${mode}-${name.replace('_', '-')}:${palette[name]}`).join(';')
}

/** Both palettes at once: the style sheet chooses by the system's light or dark. */
export function themeStyle(brand: Api.Brand): string {
  return `${variables('light', brand.light)};${variables('dark', brand.dark)}`
}
