// A short buzz under the finger, where the browser allows it (Android's WeChat does, iOS has none).

export function vibrate(pattern) {
  navigator.vibrate?.(pattern)
}
