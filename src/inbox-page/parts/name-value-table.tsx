/** A table of names and values, such as headers. */
import { useApp } from '../state/app-context.ts'

export function NameValueTable({ rows }: { readonly rows: readonly (readonly [string, string])[] }) {
  const { t } = useApp()
  return (
    <table class="table">
      <thead>
        <tr>
          <th scope="col">{t.email.name}</th>
          <th scope="col">{t.email.value}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(([name, value], index) => (
          <tr key={index}>
            <th scope="row">{name}</th>
            <td>{value}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
