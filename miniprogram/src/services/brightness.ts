let before = -1

/** A till's scanner reads a bright screen at once. */
export function brightenScreen(): void {
  wx.getScreenBrightness({
    success: ({ value }) => {
      before = value
      wx.setScreenBrightness({ value: 1 })
    },
  })
}

export function restoreScreen(): void {
  if (before >= 0) wx.setScreenBrightness({ value: before })
  before = -1
}
