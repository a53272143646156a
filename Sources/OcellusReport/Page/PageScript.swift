// SPDX-License-Identifier: Apache-2.0

/// The script of pages with many pictures and long tables: it sorts tables, looks for names in them and enlarges pictures.
/// It loads nothing and stores nothing; without it everything on the page reads the same.
let pageScript: StaticString = #"""
    (() => {
      'use strict';
      const number = text => {
        const match = text.replace(/,/g, '').replace('−', '-').match(/-?\d+(\.\d+)?/);
        return match ? Number(match[0]) : NaN;
      };
      for (const table of document.querySelectorAll('table.sorts')) {
        const heads = [...table.tHead.rows[0].cells];
        const body = table.tBodies[0];
        heads.forEach((head, column) => {
          const button = document.createElement('button');
          button.type = 'button';
          button.append(...head.childNodes);
          head.append(button);
          button.addEventListener('click', () => {
            const isText = head.classList.contains('words');
            const ways = isText ? ['ascending', 'descending'] : ['descending', 'ascending'];
            const way = head.getAttribute('aria-sort') === ways[0] ? ways[1] : ways[0];
            for (const other of heads) other.removeAttribute('aria-sort');
            head.setAttribute('aria-sort', way);
            const sign = way === 'ascending' ? 1 : -1;
            const key = row => row.cells[column].textContent.trim();
            const rows = [...body.rows].sort((a, b) => {
              const [first, second] = [key(a), key(b)];
              if (isText) return sign * first.localeCompare(second);
              const [x, y] = [number(first), number(second)];
              if (Number.isNaN(x)) return Number.isNaN(y) ? 0 : 1;
              return Number.isNaN(y) ? -1 : sign * (x - y);
            });
            body.append(...rows);
          });
        });
        if (body.rows.length > 20) {
          const search = document.createElement('input');
          search.type = 'search';
          search.placeholder = 'Find a class';
          search.setAttribute('aria-label', 'Find a class');
          search.addEventListener('input', () => {
            const wanted = search.value.trim().toLowerCase();
            for (const row of body.rows) row.hidden = !row.textContent.toLowerCase().includes(wanted);
          });
          table.parentElement.before(search);
        }
      }
      const dialog = document.createElement('dialog');
      dialog.className = 'large';
      dialog.addEventListener('click', () => dialog.close());
      document.body.append(dialog);
      for (const image of document.querySelectorAll('img.enlarges')) {
        image.tabIndex = 0;
        image.setAttribute('role', 'button');
        const show = () => {
          const copy = new Image();
          copy.src = image.src;
          copy.alt = image.alt;
          copy.className = image.className;
          const words = document.createElement('p');
          words.textContent = image.alt;
          dialog.replaceChildren(copy, words);
          dialog.showModal();
        };
        image.addEventListener('click', show);
        image.addEventListener('keydown', event => {
          if (event.key !== 'Enter') return;
          event.preventDefault();
          show();
        });
      }
      const open = () => {
        const place = location.hash ? document.getElementById(decodeURIComponent(location.hash.slice(1))) : null;
        const around = place ? place.closest('details') : null;
        if (!around) return;
        around.open = true;
        around.scrollIntoView();
      };
      addEventListener('hashchange', open);
      open();
    })();
    """#
